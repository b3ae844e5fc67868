/** `dashboard.oidc`: what is taken, what is missing, and that the secret is shown nowhere. */
import { expect, test } from 'vitest';
import { ConfigError } from '../../../src/config/config-error.ts';
import { explainConfig } from '../../../src/config/explain.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { inForceAtStart, planReload } from '../../../src/config/reload.ts';

const SECRET = 'kq3-client-secret';

function load(toml: string, files: Readonly<Record<string, string>> = {}, env = {}) {
  return loadConfig({
    ...{ path: '/etc/relay.toml', env, cwd: '/srv', defaultHostname: 'machine.example' },
    readFile: (path) => {
      const text = { '/etc/relay.toml': toml, ...files }[path];
      if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
      return text;
    },
  });
}

function problemsOf(toml: string): readonly string[] {
  try {
    load(toml);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ key, line, message }) => `${key ?? ''} (${line ?? '-'}): ${message}`);
  }
}

const WHOLE = `
[dashboard]
url = "https://relay.example.com"
[dashboard.oidc]
issuer = "https://id.example.com/realms/staff/"
client_id = "postern"
client_secret = "${SECRET}"
`;

test('is off by default, and read from a section of its own, or from the environment', () => {
  const off = load('').config.dashboard.oidc;
  expect([off.issuer, off.only, off.scopes]).toEqual([undefined, false, ['openid', 'email', 'profile']]);
  const { config } = load(
    `${WHOLE}only = true\nroles_claim = "groups"\nroles = ["a=b=admin", "x = read-only"]`,
  );
  expect(config.dashboard.oidc).toEqual({
    // The slash at its end is a part of an issuer's name.
    ...{ issuer: 'https://id.example.com/realms/staff/', clientId: 'postern', clientSecret: SECRET },
    ...{ scopes: ['openid', 'email', 'profile'], name: 'OpenID Connect', only: true, rolesClaim: 'groups' },
    roles: [
      { value: 'a=b', role: 'admin' },
      { value: 'x', role: 'read-only' },
    ],
  });
  const env = {
    RELAY_DASHBOARD__URL: 'http://localhost:8080',
    RELAY_DASHBOARD__OIDC__ISSUER: 'http://127.0.0.1:9000',
    RELAY_DASHBOARD__OIDC__CLIENT_ID: 'postern',
    RELAY_DASHBOARD__OIDC__CLIENT_SECRET_FILE: '/run/secret',
  };
  const loaded = load('', { '/run/secret': `${SECRET}\n` }, env);
  expect(loaded.config.dashboard.oidc).toMatchObject({
    issuer: 'http://127.0.0.1:9000',
    clientSecret: SECRET,
  });
  expect(loaded.secretFiles).toEqual(['/run/secret']);
});

test('the secret is shown by nothing, and every key is taken over by a reload', () => {
  const loaded = load(WHOLE);
  expect(JSON.stringify(explainConfig(loaded))).not.toContain(SECRET);
  const plan = planReload(inForceAtStart(loaded), load(WHOLE.replace(SECRET, 'another-one')));
  expect(plan.changed).toEqual(['dashboard.oidc.client_secret']);
  expect(JSON.stringify(plan.described)).not.toMatch(/another-one|kq3/);
});

test.each([
  ['issuer = "https://id.example.com/"', ['issuer', 'needs dashboard.url, to which']],
  [
    'issuer = "https://id.example.com/"',
    [
      'issuer',
      'needs dashboard.oidc.client_id, of the client that has the redirect URI dashboard.url + /ui/api/session/oidc/callback',
    ],
  ],
  ['issuer = "https://id.example.com/"', ['issuer', 'RELAY_DASHBOARD__OIDC__CLIENT_SECRET_FILE']],
  ['issuer = "http://id.example.com/"', ['issuer', 'must begin with https://']],
  ['issuer = "https://id.example.com/?a"', ['issuer', 'carries a query']],
  ['issuer = "https://me:pw@id.example.com/"', ['issuer', 'carries a user name']],
  ['issuer = "https://id.example.com/.well-known/openid-configuration"', ['issuer', 'before /.well-known/']],
  ['issuer = "ldap://id.example.com"', ['issuer', 'is not an https address']],
  ['client_id = "postern"', ['client_id', 'needs dashboard.oidc.issuer']],
  ['client_secret = "x"', ['client_secret', 'needs dashboard.oidc.issuer']],
  ['only = true', ['only', 'needs dashboard.oidc.issuer']],
  ['roles_claim = "groups"', ['roles_claim', 'needs dashboard.oidc.issuer']],
  ['scopes = ["email"]', ['scopes', 'lacks "openid"']],
  ['scopes = ["openid", "a b"]', ['scopes', 'which is no scope']],
  ['name = ""', ['name', 'is empty']],
  ['roles = ["admins=boss"]', ['roles', 'not VALUE=ROLE']],
  ['roles = ["=admin"]', ['roles', 'not VALUE=ROLE']],
  ['isuer = "x"', ['isuer', 'there is no such key; did you mean dashboard.oidc.issuer?']],
])('%s is refused with the key and the remedy', (line, [key, words]) => {
  const problems = problemsOf(`[dashboard.oidc]\n${line}\n`);
  expect(problems).toContainEqual(expect.stringMatching(`^dashboard\\.oidc\\.${key}`));
  expect(problems.join('\n')).toContain(words);
});

test.each([
  ['roles_claim = "groups"', 'roles_claim (7): needs dashboard.oidc.roles'],
  ['roles = ["a=admin"]', 'roles (7): needs dashboard.oidc.roles_claim'],
])('%s alone says what it needs, at its line', (line, words) => {
  expect(problemsOf(WHOLE.slice(1) + line)).toEqual([expect.stringContaining(words)]);
});

test('with everything it needs, it is taken', () => {
  expect(problemsOf(WHOLE)).toEqual([]);
});
