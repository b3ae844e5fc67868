/** An authenticator in software, as a browser speaks to it: makes a passkey for an origin and signs challenges with it. W3C WebAuthn §6. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

export interface Signing {
  readonly origin: string;
  readonly rpId: string;
  readonly challenge: string;
  /** Default: it asks who is there. */
  readonly verifiesUser?: boolean;
  readonly userHandle?: string;
}

export class SoftwareAuthenticator {
  readonly id = randomBytes(16);
  counter: number;
  readonly #key: KeyObject;
  readonly #publicKey: Buffer;

  constructor({ counter = 0 }: { readonly counter?: number } = {}) {
    this.counter = counter;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    this.#publicKey = coseKey(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
  }

  /** What `navigator.credentials.create` answers. */
  make(facts: Signing): object {
    const head = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id]);
    const data = this.#data(facts, HAS_CREDENTIAL, Buffer.concat([head, this.#publicKey]));
    const object = Buffer.concat([
      Buffer.from([0xa3]),
      ...[cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])],
      ...[cborText('authData'), cborBytes(data)],
    ]);
    return this.#answer({
      clientDataJSON: base64(clientData('webauthn.create', facts)),
      attestationObject: base64(object),
    });
  }

  /** What `navigator.credentials.get` answers. */
  sign(facts: Signing): object {
    if (this.counter > 0) this.counter++;
    const data = this.#data(facts, 0, Buffer.alloc(0));
    const client = clientData('webauthn.get', facts);
    const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
    return this.#answer({
      clientDataJSON: base64(client),
      authenticatorData: base64(data),
      signature: base64(sign('sha256', signed, this.#key)),
      ...(facts.userHandle === undefined ? {} : { userHandle: facts.userHandle }),
    });
  }

  #answer(response: object): object {
    return { id: base64(this.id), rawId: base64(this.id), type: 'public-key', response };
  }

  #data({ rpId, verifiesUser = true }: Signing, flags: number, rest: Buffer): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    const of = USER_PRESENT | (verifiesUser ? USER_VERIFIED : 0) | flags;
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([of]), counter, rest]);
  }
}

function clientData(type: string, { challenge, origin }: Signing): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

/** {1: 2, 3: -7, -1: 1, -2: x, -3: y}: ES256. RFC 9053 §7.1. */
function coseKey(x: Buffer, y: Buffer): Buffer {
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]);
  return Buffer.concat([head, cborBytes(x), Buffer.from([0x22]), cborBytes(y)]);
}

/** RFC 8949 §3.1. */
function cborBytes(bytes: Buffer): Buffer {
  const head = bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), bytes]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);
}

function base64(octets: Buffer): string {
  return octets.toString('base64url');
}
