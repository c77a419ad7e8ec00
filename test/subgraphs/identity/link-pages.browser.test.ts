import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type TestBrowser, startChromium } from '../../testkit/chromium.ts';
import { openWorld, type World } from '../../testkit/world.ts';

/* The pages to which links in mails lead, in a real Chromium before the real gateway. */

vi.setConfig({ testTimeout: 90_000 });

let world: World;
let browser: TestBrowser;
beforeAll(async () => {
  const started = await startChromium();
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  world = await openWorld();
}, 90_000);
afterAll(async () => {
  await browser?.stop();
  await world?.close();
});

/** Opens the link of the newest mail to an address at the gateway of this test. Also returns the browser's requests. */
async function openLink(address: string): Promise<{ page: Page; asked: string[] }> {
  await world.settled();
  const mail = world.mails.filter(({ to }) => to === address).at(-1);
  const link = /https:\/\/quillhaven\.example(\S+)/.exec(mail?.text ?? '')?.[1];
  if (!link) throw new Error(`No link was sent to ${address}.`);
  const page = await browser.context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${world.url}${link}`);
  return { page, asked };
}

const said = (page: Page) => page.locator('[role=status]');

test('a link confirms an address when its button is pressed, not when it is opened, and no URL contains its token', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  await ann.ask('mutation { emailConfirmationRequest { requested } }');
  const { page, asked } = await openLink(ann.email);
  const confirmed = async () =>
    (await ann.ask('query ($id: ID!) { actor(id: $id) { ... on User { emailConfirmed } } }', { id: ann.id })).actor;
  expect(await confirmed()).toEqual({ emailConfirmed: false });
  expect(page.url()).toBe(`${world.url}/account/confirm-email`);
  await page.getByRole('button').click();
  await said(page).getByText('The address is confirmed.').waitFor();
  expect(await confirmed()).toEqual({ emailConfirmed: true });
  expect(asked.filter((url) => url.startsWith(world.url) && !url.includes('#')).join(' ')).not.toContain('elk_');
  await page.close();
});

test('a link sets a password; a second use reports that it is no longer valid', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  const request = 'mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { requested } }';
  await world.anonymous.ask(request, { input: { email: ann.email } });
  const { page } = await openLink(ann.email);
  await page.getByLabel('New password').fill('a battery of another horse');
  await page.getByRole('button').click();
  await said(page).getByText('The password is set.').waitFor();
  const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }';
  const input = { email: ann.email, password: 'a battery of another horse' };
  expect((await world.anonymous.ask(signIn, { input })).sessionSignIn.viewer.id).toBe(ann.id);
  await page.close();
});

test('a link lets a person without an account sign up and join', async () => {
  const owner = await world.signUp({ isUnconfirmed: true, organization: 'Museum of Small Things' });
  const send = 'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }';
  const input = { organizationId: owner.organizationId, email: 'guest@example.org', role: 'EDITOR' };
  await owner.ask(send, { input });
  const { page } = await openLink('guest@example.org');
  await page.getByLabel('E-mail address').fill('guest@example.org');
  await page.getByLabel('Password').fill('a battery of another horse');
  await page.getByLabel('I have no account yet').check();
  await page.getByLabel('Name').fill('Guest');
  await page.getByRole('button').click();
  await said(page).getByText('You are a member of Museum of Small Things.').waitFor();
  await page.close();
});

test('a link without its token reports that it is incomplete', async () => {
  const page = await browser.context.newPage();
  await page.goto(`${world.url}/account/confirm-email`);
  await said(page).getByText('This link is incomplete.').waitFor();
  expect(await page.getByRole('button').isVisible()).toBe(false);
  await page.close();
});
