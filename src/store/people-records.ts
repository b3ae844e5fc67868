/** People who use the dashboard: what is kept of them, of their invitations and of their sessions. */

import type { PersonRole } from '../policy/person-roles.ts';

export { PERSON_ROLES, type PersonRole } from '../policy/person-roles.ts';

/** What a person may do in one account, or in all. */
export interface Grant {
  /** `undefined`: in every account, also in those that are added later. */
  readonly accountId: string | undefined;
  /** Maintained by the store. */
  readonly accountName: string | undefined;
  readonly role: PersonRole;
  /** The content of messages too. */
  readonly readsContent: boolean;
}

export interface Person {
  /** `usr_` id. */
  readonly id: string;
  /** In lower case; unique. */
  readonly email: string;
  readonly name: string;
  /** By account, the one for all of them first. */
  readonly grants: readonly Grant[];
  /** False: an invitation was not taken yet. */
  readonly hasPassword: boolean;
  /** Until when the last invitation is good, if nobody took it; `undefined`: there is none. */
  readonly invitedUntilMs: number | undefined;
  /** May not sign in; `undefined`: may. */
  readonly suspendedAtMs: number | undefined;
  readonly lastSignInMs: number | undefined;
  readonly factors: FactorCounts;
  readonly createdAtMs: number;
}

/** What a person has beside the password. */
export interface FactorCounts {
  readonly totp: boolean;
  readonly passkeys: number;
  /** Not used yet. */
  readonly recoveryCodes: number;
}

export type NewPerson = Pick<Person, 'id' | 'email' | 'name' | 'createdAtMs'> & {
  readonly grants: readonly NewGrant[];
};

export type NewGrant = Omit<Grant, 'accountName'>;

/** Where nothing is given, it stays. */
export interface PersonChange {
  readonly name?: string | undefined;
  /** All of them. */
  readonly grants?: readonly NewGrant[] | undefined;
  /** Ends the sessions of who is suspended. */
  readonly isSuspended?: boolean | undefined;
  /** Second factors and recovery codes are gone. */
  readonly resetsFactors?: boolean | undefined;
}

/** Beyond it the session that was used least recently ends. */
export const MOST_SESSIONS = 20;

export interface PersonSession {
  /** `ses_` id. */
  readonly id: string;
  readonly personId: string;
  readonly createdAtMs: number;
  /** Last used; to within minutes. */
  readonly seenAtMs: number;
  readonly expiresAtMs: number;
  /** Of the client that signed in. */
  readonly address: string;
  readonly userAgent: string | undefined;
  /** When the person has last shown who it is: at the sign-in, or when it was asked again. */
  readonly confirmedAtMs: number;
}

export interface NewSession extends Omit<PersonSession, 'seenAtMs' | 'confirmedAtMs'> {
  /** SHA-256 of the cookie's value, which is random. */
  readonly tokenHash: Uint8Array;
  /** It has to be the person's still, as it is stored; `undefined`: something else signed in. */
  readonly password?: string | undefined;
}

/** Who somebody is at an OpenID Connect provider. Both are the provider's words, compared octet by octet. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

export interface PersonIdentity extends Identity {
  readonly linkedAtMs: number;
}
