/**
 * A domain that somebody else has added, or verified: an unverified claim keeps nobody out, no answer says that there is
 * one, and nobody sends in the name of a domain that another account holds.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { MOST_DOMAINS } from '../../src/admin/domains.ts';
import type { DnsAnswer, Resolver } from '../../src/dns/resolver.ts';
import type { Domain } from '../../src/store/directory-records.ts';
import { eventually } from '../support/eventually.ts';
import { stage, type Answer, type HttpStage } from '../http/support/http-stage.ts';

const NAME = 'newcorp.test';

interface DomainAnswer {
  readonly id: string;
  readonly verified: boolean;
  readonly records: readonly {
    readonly purpose: string;
    readonly name: string;
    readonly value: string;
    readonly status: string;
  }[];
}

let txt: Map<string, string>;
let relay: HttpStage;
/** Who owns the domain, and who does not. */
let owner: string;
let squatter: string;

beforeEach(async () => {
  txt = new Map();
  relay = await stage({ resolver: resolverOf(txt) });
  owner = await relay.key();
  const other = await relay.otherAccount('squatter');
  squatter = await relay.key({ accountId: other.id, accountName: other.name });
});

const add = async (key: string, domain = NAME) => await relay.call('/v1/domains', { key, body: { domain } });
const verify = async (key: string) => await relay.call(`/v1/domains/${NAME}/verify`, { key, method: 'POST' });
const bodyOf = ({ body }: Answer) => body as DomainAnswer;
/** The DKIM records: the others are the same for everybody, and in DNS for everybody to see. */
const publish = (body: DomainAnswer) => {
  for (const { purpose, name, value } of body.records) if (purpose.startsWith('dkim-')) txt.set(name, value);
};
const send = async (key: string) =>
  await relay.call('/v1/send', { key, body: { from: `a@${NAME}`, to: 'b@example.net', text: 'x' } });

test('who owns a domain adds and verifies it whatever others have added, and sends; they do not', async () => {
  const claimed = bodyOf(await add(squatter));
  expect((await send(squatter)).status).toBe(403);
  const added = await add(owner);
  expect(added.status).toBe(201);
  publish(bodyOf(added));
  expect((await verify(owner)).body).toMatchObject({ verified: true });
  await eventually(async () => (await send(owner)).status === 200);
  expect((await send(squatter)).status).toBe(403);

  // Whoever can publish records in the domain is let in on that there is somebody, and not who.
  publish(claimed);
  const late = await verify(squatter);
  expect(late).toMatchObject({ status: 200, body: { verified: false, verified_elsewhere: true } });
  expect(JSON.stringify(late.body)).not.toContain('default');
  expect((await send(squatter)).status).toBe(403);

  await relay.call(`/v1/domains/${NAME}`, { key: owner, method: 'DELETE' });
  await eventually(async () => bodyOf(await verify(squatter)).verified);
  await eventually(async () => (await send(squatter)).status === 200);
  expect((await send(owner)).status).toBe(403);
});

/** Everything a tenant can ask about the domain, octet by octet, without what is made anew each time. */
async function everyAnswer(key: string): Promise<readonly string[]> {
  const answers: Answer[] = [await send(key), await relay.call(`/v1/domains/${NAME}`, { key })];
  answers.push(await verify(key));
  const added = await add(key);
  answers.push(added, await add(key), await send(key), await verify(key));
  const show = async () => await relay.call(`/v1/domains/${NAME}`, { key });
  await eventually(async () => bodyOf(await show()).records[0]?.status === 'missing');
  answers.push(await show(), await relay.call('/v1/domains', { key }));
  answers.push(await relay.call(`/v1/domains/${NAME}`, { key, method: 'DELETE' }));
  await eventually(async () => (await relay.call(`/v1/domains/${NAME}`, { key })).status === 404);
  return answers.map(({ status, body }) => `${status} ${stripped(JSON.stringify(body))}`);
}

function stripped(text: string): string {
  return text
    .replace(/(dom|msg)_[0-9a-z]{26}/g, '$1')
    .replace(/postern-\d{6}-[0-9a-z]{16}-/g, 'postern-')
    .replace(/p=[A-Za-z0-9+/=]+/g, 'p=')
    .replace(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, 'time');
}

describe('the answers are the same', () => {
  test('whether nobody has the domain, somebody added it, or somebody verified it', async () => {
    const nobody = await everyAnswer(squatter);
    expect(nobody.some((answer) => answer.startsWith('201'))).toBe(true);
    const added = await add(owner);
    expect(await everyAnswer(squatter)).toEqual(nobody);
    publish(bodyOf(added));
    expect((await verify(owner)).body).toMatchObject({ verified: true });
    expect(await everyAnswer(squatter)).toEqual(nobody);
  });

  test('also when what the other has fails', async () => {
    const nobody = await everyAnswer(squatter);
    const added = bodyOf(await add(owner));
    publish(added);
    await verify(owner);
    txt.clear();
    expect((await verify(owner)).body).toMatchObject({ verified: true, failed_looks: 1 });
    expect(await everyAnswer(squatter)).toEqual(nobody);
    const { id: domainId } = added;
    const found = { domainId, recordStatus: {}, dkim: false, holder: undefined };
    for (const atMs of [1, Date.now()])
      await relay.store.directory.recordDomainCheck({ ...found, atMs }, 'test');
    await eventually(async () => (await send(owner)).status === 403);
    expect(await everyAnswer(squatter)).toEqual(nobody);
  });
});

test('where verification is not required, only a domain that another account has verified is refused', async () => {
  relay = await stage({
    resolver: resolverOf(txt),
    env: { RELAY_SUBMISSION__REQUIRE_VERIFIED_DOMAIN: 'false' },
  });
  const other = await relay.otherAccount('squatter');
  owner = await relay.key();
  squatter = await relay.key({ accountId: other.id, accountName: other.name });
  await add(squatter);
  expect((await send(owner)).status).toBe(200);
  publish(bodyOf(await add(owner)));
  expect((await send(squatter)).status).toBe(200);
  await verify(owner);
  expect((await send(squatter)).status).toBe(403);
  expect((await send(owner)).status).toBe(200);
});

test('an account has so many domains at most', async () => {
  const { id: accountId } = relay.account;
  const domain = { accountId, verifiedAtMs: undefined, recordStatus: {}, createdAtMs: 1 };
  const more = Array.from({ length: MOST_DOMAINS }, (_, i): Domain => ({
    ...domain,
    id: `dom_${i}`,
    name: `d${i}.test`,
  }));
  await Promise.all(more.map((each) => relay.store.directory.addDomain(each, [], 'test')));
  const refused = await add(owner);
  expect(refused).toMatchObject({
    status: 409,
    body: { error: { message: 'the account has 1000 domains, which is the most' } },
  });
  expect((await add(squatter)).status).toBe(201);
});

function resolverOf(published: ReadonlyMap<string, string>): Resolver {
  const nothing = () => Promise.resolve<DnsAnswer<never>>({ kind: 'not-found', nxdomain: true });
  return {
    mx: nothing,
    a: nothing,
    aaaa: nothing,
    cname: nothing,
    ptr: nothing,
    txt(name) {
      const value = published.get(name);
      return value === undefined
        ? nothing()
        : Promise.resolve({ kind: 'found', records: [value], ttlSeconds: 60 });
    },
  };
}
