/** Latin letters that have no Unicode decomposition. */
export const latinLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ı: 'i',
};

/** The same, some more, and letters that users type for one another. */
export const foldedLetters: Readonly<Record<string, string>> = {
  ...latinLetters,
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  // The final form of a Greek letter.
  ς: 'σ',
  // Arabic and Persian keyboards write these letters with different characters; a final ya may lack its dots.
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
};
