import { domainToASCII } from 'node:url';
import { isEmail, MaxLength, ValidateBy } from 'class-validator';
import { unstorable } from './text.ts';

/** Characters of an address: the maximum of SMTP (RFC 5321, section 4.5.3.1.3). */
const longest = 254;

/**
 * The form in which an e-mail address is stored and compared: trimmed, lower case, its name in Unicode NFC and its domain in ASCII
 * (IDNA), so that one mailbox has one address however it is typed.
 */
export function normalEmail(given: string): string {
  const address = given.normalize('NFC').trim();
  const at = address.lastIndexOf('@');
  if (at < 0) return address.toLowerCase();
  const domain = address.slice(at + 1);
  const name = address.slice(0, at).toLowerCase().normalize('NFC');
  return `${name}@${domainToASCII(domain) || domain.toLowerCase()}`;
}

/** Whether this is a valid e-mail address, apart from surrounding white space. */
export function isEmailAddress(given: unknown): boolean {
  // The libraries below throw on half a surrogate pair.
  if (typeof given !== 'string' || unstorable(given)) return false;
  const address = normalEmail(given);
  return address.length <= longest && isEmail(address);
}

/** Refuses anything but an e-mail address of at most 254 characters; `normalEmail` trims it. */
export function IsEmailAddress(): PropertyDecorator {
  const isAddress = ValidateBy({
    name: 'isEmail',
    validator: {
      validate: isEmailAddress,
      defaultMessage: () => 'This is not an e-mail address of at most 254 characters.',
    },
  });
  return (target, property) => {
    isAddress(target, property);
    MaxLength(longest)(target, property);
  };
}
