import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexWords } from '../../../platform/search/index-words.ts';
import { readSearch } from '../../../platform/search/search.ts';
import { snippetOf } from '../../../platform/search/snippet.ts';
import { termsOf } from '../../../platform/search/words.ts';

const words = (text: string): string[] => termsOf(text).flatMap(({ text: term, tail }) => (tail ? [] : [term]));

describe('termsOf', () => {
  test.each([
    ['Rembrandt van Rijn (1606-1669)', ['rembrandt', 'van', 'rijn', '1606', '1669']],
    ['Op.27 No.2, ca.1850', ['op', '27', 'no', '2', 'ca', '1850']],
    ['<b>Bold</b> http://x.example/y', ['b', 'bold', 'b', 'http', 'x', 'example', 'y']],
    ['recto/verso', ['recto', 'verso']],
    ['Zürich ÉTÉ Straße Œuvre Ł', ['zurich', 'ete', 'strasse', 'oeuvre', 'l']],
    ['E\u0301mile Émile', ['emile', 'emile']],
    ['ΟΔΥΣΣΕΎΣ Ὀδυσσεύς', ['οδυσσευσ', 'οδυσσευσ']],
    ['神奈川沖浪裏', ['神奈', '奈川', '川沖', '沖浪', '浪裏']],
    ['第3回', ['3']],
    ['ｶﾞﾗｽ ガラス', ['ガラ', 'ラス', 'ガラ', 'ラス']],
    ['서울의 봄', ['서울', '울의']],
    ['مُحَمَّد', ['محمد']],
    ['שָׁלוֹם', ['שלום']],
    ['ﬁne Ｆｕｌｌ m² ½', ['fine', 'full', 'm2', '1', '2']],
    ['١٢٣ ४५', ['123', '45']],
    ['हिन्दी किताब', ['हिन्दी', 'किताब']],
    ['!!! ??? --', []],
  ])('%s', (text, wanted) => {
    expect(words(text)).toEqual(wanted);
  });

  test('kana letters with accents are distinct, and Thai is split into pairs with their vowels', () => {
    expect(words('かき')).not.toEqual(words('がき'));
    expect(words('ภาพวาด').join('')).toContain('ภา');
    expect(words('ภาพ วาด')).not.toEqual([]);
  });

  test('returns the position of each term in the original text', () => {
    for (const text of ['Été (1606-1669) Op.27', 'E\u0301mile Straße', '𝒜rt 神奈川 ½', 'plain ascii-text'])
      for (const { text: term, start, end } of termsOf(text))
        expect(termsOf(text.slice(start, end)).map((each) => each.text)).toContain(term);
  });

  test('reads ASCII texts like all others', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'Z', '9', ' ', '.', '-', '_', '<', '/', '"', 'é') }),
        (text) => {
          const plain = text.replaceAll('é', 'e');
          expect(words(text)).toEqual(words(plain));
        },
      ),
    );
  });

  test('all normal forms of any text have the same terms', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const terms = words(text);
        expect(words(text.normalize('NFD'))).toEqual(terms);
        expect(words(text.normalize('NFC'))).toEqual(terms);
      }),
    );
  });
});

describe('readSearch', () => {
  const sqlOf = (search: string, searchMode: 'WORDS' | 'PREFIX' = 'WORDS') =>
    readSearch({ search, searchMode })?.sql.replace(/\\\+([0-9a-f]{6})/g, (_all, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    );
  test.each([
    ['op 27', `('op') & ('27')`],
    ['op.27', `('op' <1> '27')`],
    ['"oil on canvas" -sea', `('oil' <1> 'on' <1> 'canvas') & !('sea')`],
    ['vuillard or nobody', `('vuillard') | ('nobody')`],
    ['dead or', `('dead')`],
    ['or', `('or')`],
    ['沖浪裏', `('沖浪' <1> '浪裏')`],
    ['浪', `('浪':*)`],
    ['"浪裏 北斎"', `('浪裏' <2> '北斎')`],
    ['???', ''],
  ])('%s', (search, wanted) => {
    expect(sqlOf(search)).toBe(`U&'${wanted}'::tsquery`);
  });

  test('while typing, the last word is a prefix unless a character follows it', () => {
    expect(sqlOf('edouard vui', 'PREFIX')).toBe(`U&'('edouard') & ('vui':*)'::tsquery`);
    expect(sqlOf('harb ', 'PREFIX')).toBe(`U&'('harb')'::tsquery`);
    expect(sqlOf('sea -vuil', 'PREFIX')).toBe(`U&'('sea') & !('vuil':*)'::tsquery`);
    expect(sqlOf('"open harb', 'PREFIX')).toBe(`U&'('open' <1> 'harb')'::tsquery`);
    expect(sqlOf('2010.62', 'PREFIX')).toBe(`U&'('2010' <1> '62':*)'::tsquery`);
  });
});

describe('indexWords', () => {
  test('keeps the beginning of texts too long for one tsvector, and phrases do not span texts', () => {
    expect(indexWords({ A: ['one'], B: ['two', null, ''], C: [], D: ['One'] })).toBe(`'one':1A,5D 'two':3B`);
    const long = Array.from({ length: 60_000 }, (_, n) => `w${n}`).join(' ');
    const written = indexWords({ A: ['title'], B: [], C: [], D: [long] });
    expect(written).toContain(`'title':1A`);
    expect(written.split(' ')).toHaveLength(16_382);
    const heavy = Array.from({ length: 15_000 }, (_, n) => `${n}${'あ'.repeat(1)}${'é'.repeat(90)}`).join(' ');
    expect(Buffer.byteLength(indexWords({ A: [], B: [], C: [], D: [heavy] }))).toBeLessThan(1_048_575 * 1.2);
  });
});

describe('snippetOf', () => {
  const marked = (text: string, ...wanted: string[]) => {
    const snippet = snippetOf(text, (term) => wanted.includes(term));
    return (
      snippet && { text: snippet.text, found: snippet.ranges.map(({ start, end }) => snippet.text.slice(start, end)) }
    );
  };
  test('marks the original text', () => {
    expect(marked('Straße/Œuvre', 'strasse')).toEqual({ text: 'Straße/Œuvre', found: ['Straße'] });
    expect(marked('神奈川沖浪裏', '沖浪', '浪裏')).toEqual({ text: '神奈川沖浪裏', found: ['沖浪裏'] });
    expect(marked('nothing', 'else')).toBeNull();
  });

  test('shows the parts of a long text with the most distinct words', () => {
    const filler = Array.from({ length: 100 }, (_, n) => `f${n}`).join(' ');
    const text = `one ${filler} one two ${filler} two ${filler}`;
    const snippet = marked(text, 'one', 'two');
    expect(snippet?.text.split(' … ')).toHaveLength(2);
    expect(snippet?.found).toEqual(['one', 'one', 'two']);
    for (const part of snippet!.text.split(' … ')) expect(part.split(' ').length).toBeLessThanOrEqual(24);
  });
});
