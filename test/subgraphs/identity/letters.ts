import type { Mail } from '../../../platform/mail/mail.ts';
import type { World } from '../../testkit/world.ts';

/** All mails sent to an address, the oldest first. */
export async function mailsTo(world: World, address: string): Promise<Mail[]> {
  await world.settled();
  return world.mails.filter(({ to }) => to === address.toLowerCase());
}

/** The token of a mail's link. */
export function tokenIn(mail: Mail | undefined): string {
  const token = /#token=(elk_[\w-]{43})/.exec(mail?.text ?? '')?.[1];
  if (!token) throw new Error(`No link stands in: ${mail?.text ?? 'no mail'}`);
  return token;
}

/** The token of the newest mail to an address. */
export async function newestToken(world: World, address: string): Promise<string> {
  return tokenIn((await mailsTo(world, address)).at(-1));
}
