import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { readServeConfig } from '../../../platform/config/environment.ts';
import { mailVariables } from '../../../platform/config/mail.ts';
import { insideTransaction, OutsideCallInTransaction } from '../../../platform/database/guard.ts';
import { MailRefused, type Mail } from '../../../platform/mail/mail.ts';
import { openMailer } from '../../../platform/mail/open.ts';
import { smtpMailer } from '../../../platform/mail/smtp.ts';
import { openSmtpInbox, type SmtpInbox } from '../../testkit/smtp.ts';

const from = 'Quillhaven <post@quillhaven.example>';
const mail: Mail = {
  id: 'aml_1',
  to: 'ann@example.org',
  subject: 'Grüße\r\nBcc: eve@example.org',
  text: 'https://quillhaven.example/account/confirm-email#token=abc',
  html: '<p>Hello</p>',
  date: new Date('2026-11-21T03:00:00.000Z'),
};

let inbox: SmtpInbox;
beforeAll(async () => {
  inbox = await openSmtpInbox();
});
afterAll(() => inbox.close());

describe('smtpMailer', () => {
  test('sends a message with the same id each time, without headers injected through a name', async () => {
    const mailer = smtpMailer(inbox.url, from);
    await mailer.send(mail);
    await mailer.send(mail);
    await mailer.close();
    expect(inbox.taken.map(({ from: sender, to }) => [sender, to])).toEqual([
      ['post@quillhaven.example', ['ann@example.org']],
      ['post@quillhaven.example', ['ann@example.org']],
    ]);
    for (const { raw } of inbox.taken) {
      expect(raw).toContain('Message-ID: <aml_1@quillhaven.example>');
      expect(raw).toContain('Auto-Submitted: auto-generated');
      expect(raw).toContain('Date: Sat, 21 Nov 2026 03:00:00 +0000');
      expect(raw).not.toMatch(/^Bcc:/m);
    }
  });

  test('permanent refusals of the server are distinguished from temporary ones', async () => {
    const mailer = smtpMailer(inbox.url, from);
    inbox.answer('rcpt', () => 550);
    await expect(mailer.send(mail)).rejects.toBeInstanceOf(MailRefused);
    inbox.answer('rcpt', () => 451);
    await expect(mailer.send(mail)).rejects.not.toBeInstanceOf(MailRefused);
    inbox.answer('rcpt', () => null);
    inbox.answer('data', () => 554);
    await expect(mailer.send(mail)).rejects.toBeInstanceOf(MailRefused);
    inbox.answer('data', () => null);
    await mailer.send(mail);
    await mailer.close();
  });

  test('signs in with the credentials of the address; a wrong password is not an error of the message', async () => {
    await using guarded = await openSmtpInbox({ login: { user: 'post@quillhaven.example', pass: 'a:b/c' } });
    const url = (password: string) => `smtp://post%40quillhaven.example:${password}@127.0.0.1:${guarded.port}`;
    const right = smtpMailer(url('a%3Ab%2Fc'), from);
    await right.send(mail);
    await right.close();
    expect(guarded.taken[0]?.user).toBe('post@quillhaven.example');
    const wrong = smtpMailer(url('other'), from);
    await expect(wrong.send(mail)).rejects.not.toBeInstanceOf(MailRefused);
    await wrong.close();
  });

  test('is never called inside a transaction', async () => {
    const mailer = smtpMailer(inbox.url, from);
    await expect(insideTransaction('test', () => mailer.send(mail))).rejects.toBeInstanceOf(OutsideCallInTransaction);
    await mailer.close();
  });
});

describe('without MAIL_URL', () => {
  test('messages become files readable only by their owner, and the log says so once', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ensemble-mail-'));
    try {
      const lines: string[] = [];
      const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
      const mailer = openMailer({ url: null, from: null, publicUrl: null }, dataDir, log);
      await mailer.send(mail);
      await mailer.send(mail);
      await mailer.send({ ...mail, id: 'aml_2' });
      await mailer.close();
      const folder = join(dataDir, 'mail');
      expect((await readdir(folder)).sort()).toEqual(['aml_1.eml', 'aml_2.eml']);
      expect((await stat(join(folder, 'aml_1.eml'))).mode & 0o777).toBe(0o600);
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      const text = await readFile(join(folder, 'aml_1.eml'), 'utf8');
      expect(text).toContain('To: ann@example.org');
      expect(text).toContain('https://quillhaven.example/account/confirm-email#token');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('MAIL_URL is not set');
      expect(lines[0]).not.toContain('token');
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

describe('the variables', () => {
  const needed = { DATABASE_URL: 'postgres://127.0.0.1/x', ROUTER_SECRET: 'r'.repeat(32) };
  const read = (env: Record<string, string>) => () => readServeConfig({ ...needed, ...env });

  test('an invalid one is reported by its name', () => {
    expect(read({ MAIL_URL: 'http://mail', MAIL_FROM: 'a@b.org' })).toThrow(
      'MAIL_URL: is smtp://user:password@host:port',
    );
    expect(read({ MAIL_URL: 'smtp://mail?pool=true', MAIL_FROM: 'a@b.org' })).toThrow('MAIL_URL: ');
    expect(read({ MAIL_FROM: 'somebody' })).toThrow('MAIL_FROM: must be an address');
    expect(read({ MAIL_FROM: 'A\nBcc: <a@b.org>' })).toThrow('MAIL_FROM: ');
    expect(read({ MAIL_URL: 'smtp://mail:25' })).toThrow('MAIL_FROM: is needed with MAIL_URL');
    expect(read({ PUBLIC_URL: 'shop.example' })).toThrow('PUBLIC_URL: must be an http:// or https:// address');
    expect(read({ PUBLIC_URL: 'https://shop.example/?a=1' })).toThrow('PUBLIC_URL: ');
  });

  test('valid ones are read, and an address loses its trailing slash', () => {
    const env = {
      MAIL_URL: 'smtps://u:p@mail.example:465',
      MAIL_FROM: from,
      PUBLIC_URL: 'https://shop.example/graph/',
    };
    expect(readServeConfig({ ...needed, ...env }).mail).toEqual({
      url: env.MAIL_URL,
      from,
      publicUrl: 'https://shop.example/graph',
    });
    expect(Object.keys(mailVariables)).toEqual(['MAIL_URL', 'MAIL_FROM', 'PUBLIC_URL']);
  });
});
