/** The role of the people who use the dashboard: their grants, invitations, second factors, identities and sessions. */
import type { Factor, FactorUse, Passkey, UsedToken } from './factor-records.ts';
import type {
  Identity,
  NewPerson,
  NewSession,
  Person,
  PersonChange,
  PersonIdentity,
  PersonSession,
} from './people-records.ts';

export interface PeopleReader {
  /** By e-mail address. */
  listPeople(): Promise<readonly Person[]>;
  /** By id or e-mail address. */
  findPerson(idOrEmail: string): Promise<Person | undefined>;
  /** As platform/password.ts writes it; `undefined`: no such person, or no password yet. */
  passwordOf(email: string): Promise<{ readonly personId: string; readonly password: string } | undefined>;
  /** SHA-256 of the invitation's token; also one that is over. */
  invitationByHash(
    tokenHash: Uint8Array,
  ): Promise<{ readonly personId: string; readonly untilMs: number } | undefined>;
  /** With the person as it is now. Also one that has expired. */
  sessionByHash(
    tokenHash: Uint8Array,
  ): Promise<{ readonly session: PersonSession; readonly person: Person } | undefined>;
  /** The last used first. */
  sessionsOf(personId: string): Promise<readonly PersonSession[]>;
  /** Whose identity it is; `undefined`: nobody's. */
  personByIdentity(identity: Identity): Promise<Person | undefined>;
  /** `undefined`: none is linked, or there is no such person. */
  identityOf(personId: string): Promise<PersonIdentity | undefined>;
  /** The oldest first. StoreError `not-found`. */
  factorsOf(personId: string): Promise<readonly Factor[]>;
  passkeyBy(credentialId: Uint8Array): Promise<Passkey | undefined>;
}

/** `actor`: who changes it, for the audit log. Each is durable when it resolves. */
export interface PeopleWriter {
  /** StoreError `conflict`: the e-mail address is taken, or an account is not there. */
  addPerson(person: NewPerson, actor: string): Promise<void>;
  /** StoreError `not-found`; `conflict`: an account is not there. */
  changePerson(id: string, change: PersonChange, atMs: number, actor: string): Promise<void>;
  /** With sessions and invitation. StoreError `not-found`. */
  removePerson(id: string, atMs: number, actor: string): Promise<void>;
  /** In place of the invitation before. StoreError `not-found`; `conflict`: the person is suspended. */
  invitePerson(
    id: string,
    invitation: { readonly tokenHash: Uint8Array; readonly untilMs: number },
    atMs: number,
    actor: string,
  ): Promise<void>;
  /** The invitation is gone, and every session of the person. StoreError `not-found`: it is over, was taken, or its person is suspended. */
  takeInvitation(tokenHash: Uint8Array, password: string, atMs: number, actor: string): Promise<void>;
  /**
   * A person signs in. Expired sessions go, and those beyond MOST_SESSIONS. StoreError `not-found`: the person is gone or suspended, or
   * the password is another one by now.
   */
  openSession(session: NewSession, actor: string): Promise<void>;
  /** StoreError `not-found`; `conflict`: the person has an identity, or the identity is somebody's. */
  linkIdentity(personId: string, identity: Identity, atMs: number, actor: string): Promise<void>;
  /** Ends every session of the person. StoreError `not-found`; `conflict`: none is linked. */
  unlinkIdentity(personId: string, atMs: number, actor: string): Promise<void>;
  /** Nothing where it has ended. */
  noteSessionUse(id: string, atMs: number): Promise<void>;
  /** Nothing where it has ended. */
  endSession(id: string, atMs: number, actor: string): Promise<void>;
  /** Of the person; `except`: but this session. Nothing where there is none. */
  endSessions(personId: string, except: string | undefined, atMs: number, actor: string): Promise<void>;
  /** The person has shown anew who it is. */
  confirmSession(id: string, atMs: number): Promise<void>;
  /** All sessions but `session` end. StoreError `not-found`. */
  setPassword(
    personId: string,
    password: string,
    session: string | undefined,
    atMs: number,
    actor: string,
  ): Promise<void>;
  /**
   * `recoveryHashes`: in place of those before; empty: they stay. `token`: of the enrolment, which is used up. StoreError `conflict`:
   * a person has one TOTP and MOST_FACTORS in all, and the passkey is nobody's yet; `not-found`: the token was used, or is over.
   */
  addFactor(
    factor: Factor,
    recoveryHashes: readonly Uint8Array[],
    token: UsedToken,
    actor: string,
  ): Promise<void>;
  /** StoreError `not-found`. */
  renameFactor(personId: string, id: string, name: string, atMs: number, actor: string): Promise<void>;
  /** With the last one the recovery codes go. StoreError `not-found`. */
  removeFactor(personId: string, id: string, atMs: number, actor: string): Promise<void>;
  replaceRecoveryCodes(
    personId: string,
    hashes: readonly Uint8Array[],
    atMs: number,
    actor: string,
  ): Promise<void>;
  /** False: this code or signature was used before. `token`: used up with it. StoreError `not-found`: that was used, or is over. */
  useFactor(use: FactorUse, token: UsedToken | undefined, atMs: number): Promise<boolean>;
}
