/** Directory and spool in memory, with the failures a test asks for. */
import type { SuppressionReader } from '../../../src/store/suppressions.ts';
import type { DirectoryReader } from '../../../src/store/directory.ts';
import type { DkimKey, Credential, Domain, Stream } from '../../../src/store/directory-records.ts';
import type { NewMessage } from '../../../src/store/message-records.ts';
import type { Suppression } from '../../../src/store/suppression-records.ts';
import type { FirstResult, IdempotencyMark } from '../../../src/store/idempotency.ts';
import type { TemplateSummary, TemplateVersion } from '../../../src/store/templates.ts';
import type { AcceptResult, Spool } from '../../../src/store/spool.ts';

type Directory = Pick<
  DirectoryReader,
  | 'credentialByUsername'
  | 'credentialBySecretHash'
  | 'credentialByCertificate'
  | 'findCredential'
  | 'networkCredentials'
  | 'findDomain'
  | 'domainHolder'
  | 'dkimKeys'
  | 'oldestVerifiedDomain'
  | 'latestVersion'
  | 'credentialsChangedSince'
  | 'knownStreams'
  | 'streamByName'
> &
  SuppressionLookUp;

type SuppressionLookUp = Pick<SuppressionReader, 'suppressionFor'>;

export const ACCOUNT = { id: 'acc_1', name: 'default' } as const;

export class FakeDirectory implements Directory {
  readonly credentials: Credential[] = [];
  readonly domains: Domain[] = [];
  readonly streams: Stream[] = [];
  readonly suppressions: Pick<Suppression, 'address' | 'scope' | 'reason'>[] = [];
  /** Thrown by every look-up while set. */
  failure: Error | undefined;
  #version = 0;

  async credentialByUsername(username: string): Promise<Credential | undefined> {
    this.#fail();
    return this.credentials.find((credential) => credential.username === username);
  }

  async credentialBySecretHash(secretHash: Uint8Array): Promise<Credential | undefined> {
    this.#fail();
    return this.credentials.find(
      (credential) =>
        credential.kind === 'api' && Buffer.from(credential.secretHash ?? []).equals(secretHash),
    );
  }

  async credentialByCertificate(fingerprint: Uint8Array): Promise<Credential | undefined> {
    this.#fail();
    return this.credentials.find(
      ({ certificate, secretHash = [], oldSecretHash = [] }) =>
        certificate !== undefined &&
        [secretHash, oldSecretHash].some((hash) => Buffer.from(hash).equals(fingerprint)),
    );
  }

  async findCredential(_accountId: string, id: string): Promise<Credential | undefined> {
    this.#fail();
    return this.credentials.find((credential) => credential.id === id);
  }

  /** A test changes what it likes without telling: at each look all may be changed. */
  async latestVersion(): Promise<number> {
    this.#fail();
    return ++this.#version;
  }

  async credentialsChangedSince(): Promise<readonly string[]> {
    return this.credentials.map(({ id }) => id);
  }

  async networkCredentials(): Promise<readonly Credential[]> {
    this.#fail();
    return this.credentials.filter(
      (credential) => credential.kind === 'network' && credential.revokedAtMs === undefined,
    );
  }

  async findDomain(accountId: string, name: string): Promise<Domain | undefined> {
    this.#fail();
    return this.domains.find((domain) => domain.accountId === accountId && domain.name === name);
  }

  async domainHolder(name: string): Promise<Domain | undefined> {
    this.#fail();
    return this.domains.find((domain) => domain.name === name && domain.verifiedAtMs !== undefined);
  }

  readonly keys: DkimKey[] = [];

  async dkimKeys(): Promise<readonly DkimKey[]> {
    return this.keys;
  }

  async oldestVerifiedDomain(accountId: string): Promise<Domain | undefined> {
    this.#fail();
    return this.domains
      .filter((domain) => domain.accountId === accountId && domain.verifiedAtMs !== undefined)
      .sort((a, b) => a.createdAtMs - b.createdAtMs)[0];
  }

  readonly templates = new Map<string, { readonly id: string; readonly version: TemplateVersion }>();

  async findTemplate(accountId: string, name: string): Promise<TemplateSummary | undefined> {
    this.#fail();
    const found = this.templates.get(name);
    if (found === undefined) return undefined;
    return { id: found.id, accountId, name, latestVersion: found.version.version, createdAtMs: 0 };
  }

  async templateVersion(id: string, version: number): Promise<TemplateVersion | undefined> {
    return [...this.templates.values()].find((each) => each.id === id && each.version.version === version)
      ?.version;
  }

  async streamByName(_accountId: string, name: string): Promise<Stream | undefined> {
    return this.streams.find((stream) => stream.name === name);
  }

  async knownStreams(): Promise<readonly Stream[]> {
    return this.streams;
  }

  async suppressionFor(
    _accountId: string,
    stream: string,
    address: string,
  ): Promise<Suppression | undefined> {
    return this.suppressions.find(
      (suppression) => suppression.address === address && ['', stream].includes(suppression.scope),
    ) as Suppression | undefined;
  }

  #fail(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

export interface StoredMessage extends NewMessage {
  /** The content put together. */
  readonly bytes: Buffer;
}

export class FakeSpool implements Pick<Spool, 'accept' | 'acceptAll' | 'putChunk' | 'abandonUpload'> {
  readonly accepted: StoredMessage[] = [];
  readonly uploads = new Map<string, Uint8Array[]>();
  readonly abandoned: string[] = [];
  readonly marks = new Map<string, FirstResult>();
  chunksInFlight = 0;
  maxChunksInFlight = 0;
  acceptFailure: unknown;
  chunkFailure: unknown;
  /** Held back until it resolves. */
  acceptGate: Promise<void> | undefined;
  /** Calls of `accept`, answered or not. */
  asked = 0;
  chunkGate: Promise<void> | undefined;

  async acceptAll(messages: readonly NewMessage[], mark?: IdempotencyMark): Promise<AcceptResult> {
    for (const message of messages) {
      const result = await this.accept(message, mark);
      if (result.kind !== 'accepted') return result;
    }
    return { kind: 'accepted' };
  }

  async accept(message: NewMessage, mark?: IdempotencyMark): Promise<AcceptResult> {
    this.asked++;
    await this.acceptGate;
    if (this.acceptFailure !== undefined) throw this.acceptFailure as Error;
    const first = mark === undefined ? undefined : this.marks.get(mark.key);
    if (first !== undefined) return { kind: 'repeated', first };
    if (mark !== undefined) this.marks.set(mark.key, mark);
    const { content } = message;
    if (content.kind === 'whole') {
      this.accepted.push({ ...message, bytes: Buffer.from(content.bytes) });
      return { kind: 'accepted' };
    }
    const chunks = this.uploads.get(content.upload) ?? [];
    if (chunks.length !== content.chunkCount) throw new Error('a chunk is missing');
    this.uploads.delete(content.upload);
    this.accepted.push({ ...message, bytes: Buffer.concat(chunks) });
    return { kind: 'accepted' };
  }

  async putChunk(upload: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.chunksInFlight++;
    this.maxChunksInFlight = Math.max(this.maxChunksInFlight, this.chunksInFlight);
    await this.chunkGate;
    // The store answers later, as one in another thread does.
    await new Promise((resolve) => setImmediate(resolve));
    this.chunksInFlight--;
    if (this.chunkFailure !== undefined) throw this.chunkFailure as Error;
    const chunks = this.uploads.get(upload) ?? [];
    chunks[index] = bytes;
    this.uploads.set(upload, chunks);
  }

  abandonUpload(upload: string): Promise<void> {
    this.abandoned.push(upload);
    this.uploads.delete(upload);
    return Promise.resolve();
  }

  get last(): StoredMessage {
    const message = this.accepted.at(-1);
    if (message === undefined) throw new Error('no message was accepted');
    return message;
  }
}
