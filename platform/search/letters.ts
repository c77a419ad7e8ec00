/** Letters of Latin that no decomposition takes apart. */
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

/** The same, some more, and letters of one sound that people type for one another. */
export const foldedLetters: Readonly<Record<string, string>> = {
  ...latinLetters,
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  // The last letter of a Greek word.
  ς: 'σ',
  // Arabic and Persian keyboards write these letters by different signs; a final ya goes without its dots.
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
};
