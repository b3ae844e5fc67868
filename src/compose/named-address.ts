/**
 * Parses addresses as clients of the API write them: `ada@example.org`, `Ada <ada@example.org>`, `"Lovelace, Ada"
 * <ada@...>`. One address a string; the name, quoted or not, may contain any character except controls. RFC 5322
 * §3.4.
 */
import { isMailbox, parseMailbox, type Mailbox } from '../smtp/address.ts';

export interface NamedAddress {
  /** Decoded; empty without a name. */
  readonly name: string;
  readonly mailbox: Mailbox;
}

export interface NamedAddressProblem {
  readonly problem: string;
}

const MAX_NAME_CHARACTERS = 300;
/** A name with every character escaped, and an address. */
const MAX_CHARACTERS = 1_000;
const CONTROL = /\p{Cc}/u;
const IN_BRACKETS = /^(.*?)<([^<>]*)>$/su;
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/su;

/** The address, or what is wrong with it. */
export function parseNamedAddress(text: string): NamedAddress | NamedAddressProblem {
  if (text.length > MAX_CHARACTERS) return { problem: `it is longer than ${MAX_CHARACTERS} characters` };
  const trimmed = text.trim();
  if (CONTROL.test(trimmed)) return { problem: 'it holds a control character' };
  const match = IN_BRACKETS.exec(trimmed);
  const mailbox = parseMailbox((match?.[2] ?? trimmed).trim());
  if (!isMailbox(mailbox)) {
    const several = /@[^@]*,[^@]*@/.test(trimmed) && match === null;
    return {
      problem: several ? 'only one address is accepted here: give several as a list' : mailbox.problem,
    };
  }
  // Such a local part is legal in quotes, but many readers of the field see another address.
  if (/[@<>,;:]/.test(mailbox.localPart) || mailbox.localPart === '""') {
    return { problem: 'the local part is empty or holds specials' };
  }
  const given = (match?.[1] ?? '').trim();
  const quoted = QUOTED.exec(given);
  const name = quoted === null ? given : (quoted[1] ?? '').replace(/\\(.)/gsu, '$1');
  if (name.length > MAX_NAME_CHARACTERS) {
    return { problem: `the name is longer than ${MAX_NAME_CHARACTERS} characters` };
  }
  if (/[<>]/.test(name)) return { problem: 'the name holds an angle bracket' };
  return { name, mailbox };
}

export function isNamedAddress(value: NamedAddress | NamedAddressProblem): value is NamedAddress {
  return 'mailbox' in value;
}
