/** The role of the people who use the dashboard: their grants, invitations and sessions. */
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
  /** A person signs in. Expired sessions go, and those beyond MOST_SESSIONS. StoreError `not-found`: the person is gone or suspended. */
  openSession(session: NewSession, actor: string): Promise<void>;
  /** StoreError `not-found`; `conflict`: the person has an identity, or the identity is somebody's. */
  linkIdentity(personId: string, identity: Identity, atMs: number, actor: string): Promise<void>;
  /** Ends every session of the person. StoreError `not-found`; `conflict`: none is linked. */
  unlinkIdentity(personId: string, atMs: number, actor: string): Promise<void>;
  /** Nothing where it has ended. */
  noteSessionUse(id: string, atMs: number): Promise<void>;
  /** Nothing where it has ended. */
  endSession(id: string, atMs: number, actor: string): Promise<void>;
}
