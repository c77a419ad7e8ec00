import { expect, test } from 'vitest';
import { letterOf } from '../../../subgraphs/identity/mail/letter.ts';
import { nameInMail } from '../../../subgraphs/identity/mail/name-in-mail.ts';

test.each([
  'evil.example',
  'Pay at https://evil.example/x',
  'mail me@evil.example',
  'me ＠ evil．example',
  'WWW evil',
  'ｅｖｉｌ．ｃｏｍ',
  'evil。com',
  'e\u200bvil.c\u200bom',
  '10.0.0.1',
  '//evil',
  'бит.рф',
  '\u200b\u202e',
  'e\u034fvil.\u034fcom',
  'evil.\u3164com',
  'evil\u0589com',
  'evil\u06d4com',
  'evil[.]com',
  'evil ( dot ) com',
  'evil dot com',
  'evil. com',
  'evil .com',
  'evil . com now',
  'evil .fr',
  'tel:1',
  'bitcoin:1BoatSLRHtKNngkdXEeobR76b53LETtpyT',
  'javascript:alert(1)',
  'javascript：alert',
  'https : / / evil',
  'Call +41 44 555 01',
  'Call (044) 555-0199',
  'Call ０４４５５５０１',
  '٠٤٤٥٥٥٠١',
  '',
])('mails do not contain the name "%s"', (name) => {
  expect(nameInMail(name)).toBeNull();
});

test.each([
  ['Museum of Small Things', 'Museum of Small Things'],
  ['St. Gallen', 'St. Gallen'],
  ['G. de Vries', 'G. de Vries'],
  ['Rooms: a history', 'Rooms: a history'],
  ['Gallery 1945, no. 12', 'Gallery 1945, no. 12'],
  ['Dr. Comte', 'Dr. Comte'],
  ['کتاب\u06d4', 'کتاب\u06d4'],
  ['J. R. R. Tolkien', 'J. R. R. Tolkien'],
  ['Øystein & Søn A/S', 'Øystein & Søn A/S'],
  ['  Two\r\nLines\u202e ', 'Two Lines'],
  ['x'.repeat(100), `${'x'.repeat(79)}…`],
])('mails contain the name "%s" as "%s"', (name, shown) => {
  expect(nameInMail(name)).toBe(shown);
});

test('an invitation contains no names that lead anywhere', () => {
  const invitation = {
    organization: 'Claim your prize at evil.example',
    inviter: 'support@evil.example',
    role: 'GUEST' as const,
  };
  const letter = letterOf({
    template: 'INVITATION',
    name: null,
    link: 'https://quillhaven.example/account',
    invitation,
  });
  expect(JSON.stringify(letter)).not.toContain('evil');
  expect(letter.subject).toBe('Join an organization');
  expect(letter.text).toContain('Someone invites you to join an organization as guest.');
});
