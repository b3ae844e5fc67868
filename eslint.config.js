import { readFileSync } from 'node:fs';
import path from 'node:path';
import tseslint from 'typescript-eslint';

// Who may import whom (docs/ARCHITECTURE.md): folder -> folders of src it may import from. A folder may
// always import from itself. The table is the only place where the layers are written down as code.
const vocabulary = ['platform', 'smtp'];
const mechanisms = ['message', 'dsn', 'links', 'dns', 'dkim', 'policy', 'compose', 'template', 'preview'];
const services = ['submission', 'delivery', 'inbound', 'webhook', 'acme'];
const store = ['config', 'store'];
const edge = [
  ...vocabulary,
  ...mechanisms,
  ...store,
  'api-json',
  'admin',
  'doctor',
  'intake',
  'smtp/server',
  ...services,
];
const layers = {
  platform: [],
  telemetry: ['platform'],
  smtp: ['platform'],
  'smtp/server': [...vocabulary, ...mechanisms, 'config'],
  'smtp/client': [...vocabulary, ...mechanisms],
  message: vocabulary,
  'dsn/read': [...vocabulary, 'message', 'dsn'],
  'dsn/write': [...vocabulary, ...mechanisms, ...store, 'dsn'],
  dsn: vocabulary,
  links: vocabulary,
  dns: vocabulary,
  dkim: [...vocabulary, 'message', 'dns'],
  policy: vocabulary,
  compose: [...vocabulary, 'message'],
  // Whose templates passed their limits lately is a decision (policy/passed-limits.ts).
  template: [...vocabulary, 'policy'],
  preview: [...vocabulary, 'message'],
  config: [...vocabulary, ...mechanisms],
  store: [...vocabulary, ...mechanisms, 'dsn/read'],
  'store/sql': [...vocabulary, ...mechanisms, 'store'],
  'store/sqlite': [...vocabulary, ...mechanisms, 'store', 'store/sql'],
  'store/postgres': [...vocabulary, ...mechanisms, 'store', 'store/sql'],
  'store/thread': [...vocabulary, 'store', 'store/sqlite', 'store/postgres'],
  'api-json': [...vocabulary, ...mechanisms, 'store', 'dsn/read'],
  admin: [...vocabulary, ...mechanisms, ...store, 'api-json', 'webhook', 'inbound'],
  doctor: [...vocabulary, ...mechanisms, ...store, 'admin'],
  control: [...vocabulary, 'policy', 'store', 'acme'],
  intake: [...vocabulary, ...mechanisms, ...store, 'smtp/server'],
  submission: [...vocabulary, ...mechanisms, ...store, 'smtp/server', 'intake'],
  delivery: [...vocabulary, ...mechanisms, ...store, 'smtp/client', 'dsn/write'],
  inbound: [...vocabulary, ...mechanisms, ...store, 'smtp/server', 'intake', 'dsn/read', 'dsn/write'],
  webhook: [...vocabulary, ...mechanisms, ...store, 'api-json'],
  acme: [...vocabulary, ...mechanisms, 'config', 'smtp/server'],
  http: edge,
  cli: [...edge, 'control', 'dsn/read'],
  upkeep: [...edge, 'control'],
  demo: ['*'],
  app: ['*'],
  // The browser's code knows the relay by its API alone.
  ui: [],
};

// A dependency has one door: package -> folders that may import it.
const doors = {
  'better-sqlite3': ['store/sqlite'],
  pg: ['store/postgres'],
  'smtp-server': ['smtp/server'],
  mailauth: ['dkim', 'dns'],
  commander: ['cli'],
  'smol-toml': ['config', 'policy'],
  re2js: ['config'],
  zod: ['config', 'http'],
  nodemailer: ['message', 'compose', 'app', 'demo', 'cli'],
  fastify: ['http'],
  'fastify-type-provider-zod': ['http'],
  cookie: ['http'],
  'openid-client': ['http'],
  'oidc-provider': [],
  '@fastify/swagger': ['http'],
  '@simplewebauthn/server': ['http'],
  '@simplewebauthn/browser': ['ui'],
  liquidjs: ['template'],
  'html-to-text': ['template'],
  mailparser: ['dsn/read', 'preview', 'demo'],
  htmlparser2: ['preview'],
  libmime: ['message'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/sdk-trace': ['telemetry'],
  jose: ['acme'],
  preact: ['ui'],
  uplot: ['ui'],
  vite: ['ui'],
  'openapi-typescript': [],
  'playwright-core': [],
  'axe-core': [],
  vitest: [],
  'fast-check': [],
};

const src = path.join(import.meta.dirname, 'src');

function folderOf(file) {
  const relative = path.relative(src, file);
  if (relative.startsWith('..')) return undefined;
  const parts = path.dirname(relative).split(path.sep);
  return parts.length > 1 && layers[`${parts[0]}/${parts[1]}`] ? `${parts[0]}/${parts[1]}` : parts[0];
}

/** @type {import('eslint').Rule.RuleModule} */
const layersRule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { up: '{{from}} may not import from {{to}} (see the table in eslint.config.js)' },
  },
  create(context) {
    const from = folderOf(context.filename);
    if (from === undefined) return {};
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') return;
      if (specifier.startsWith('.')) {
        const to = folderOf(path.resolve(path.dirname(context.filename), specifier));
        const allowed = layers[from] ?? [];
        if (to !== undefined && to !== from && !allowed.includes('*') && !allowed.includes(to)) {
          context.report({ node, messageId: 'up', data: { from, to } });
        }
        return;
      }
      const name = specifier.startsWith('@')
        ? specifier.split('/').slice(0, 2).join('/')
        : specifier.split('/')[0];
      if (doors[name] && !doors[name].includes(from)) {
        context.report({ node, messageId: 'up', data: { from, to: name } });
      }
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

// Circles of imports, of types too: file -> files that it imports, read once.
const imports = new Map();

function importsOf(file) {
  const known = imports.get(file);
  if (known !== undefined) return known;
  const found = [];
  imports.set(file, found);
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return found;
  }
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']+)'/gm))
    found.push(path.resolve(path.dirname(file), specifier));
  return found;
}

function leadsTo(from, wanted) {
  const seen = new Set([from]);
  const open = [from];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (file === wanted) return true;
    for (const next of importsOf(file)) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}

/** @type {import('eslint').Rule.RuleModule} */
const circlesRule = {
  meta: { type: 'problem', schema: [], messages: { circle: '{{to}} imports this file, by way of others' } },
  create: (context) => ({
    ImportDeclaration(node) {
      const specifier = node.source.value;
      if (!specifier.startsWith('.')) return;
      const to = path.resolve(path.dirname(context.filename), specifier);
      if (leadsTo(to, context.filename))
        context.report({ node, messageId: 'circle', data: { to: specifier } });
    },
  }),
};

// Names of log fields, whichever way they come together: operators' queries rest on them.
const FIELD_NAME = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** @type {import('eslint').Rule.RuleModule} */
const logFieldsRule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { style: 'the log field {{name}} is not in snake_case' },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();
    const isLog = (node) => {
      const type = services.getTypeAtLocation(node);
      return ['Log', 'StrangerLog'].includes((type.aliasSymbol ?? type.symbol)?.name);
    };
    const namesOf = (type) =>
      type.isUnion()
        ? type.types.flatMap(namesOf)
        : checker.getPropertiesOfType(type).map((property) => property.name);
    return {
      CallExpression(node) {
        const { callee } = node;
        const fields = node.arguments.length > 1 ? node.arguments.at(-1) : undefined;
        if (fields === undefined || callee.type !== 'MemberExpression' || !isLog(callee.object)) return;
        for (const name of new Set(namesOf(services.getTypeAtLocation(fields))))
          if (!FIELD_NAME.test(name)) context.report({ node: fields, messageId: 'style', data: { name } });
      },
    };
  },
};

// Words that say nothing of a thing (docs/STYLE.md), in the names of files and of what they declare.
const BANNED_WORD = /(?:^|[^a-z])(jobs?|tasks?|helpers?|utils?|managers?)(?![a-z])/i;
const wordsOf = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2');

/** @type {import('eslint').Rule.RuleModule} */
const wordsRule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { banned: '{{name}}: say what it is, without "{{word}}" (docs/STYLE.md)' },
  },
  create(context) {
    const check = (node, name) => {
      const word = BANNED_WORD.exec(wordsOf(name))?.[1];
      if (word !== undefined) context.report({ node, messageId: 'banned', data: { name, word } });
    };
    return {
      Program(node) {
        check(node, path.basename(context.filename));
        const { scopes } = context.sourceCode.scopeManager;
        for (const { variables } of scopes)
          for (const { name, identifiers, defs } of variables)
            if (defs.length > 0 && defs[0].type !== 'ImportBinding') check(identifiers[0], name);
      },
      ':matches(PropertyDefinition, MethodDefinition, TSPropertySignature, TSMethodSignature)'({ key }) {
        if (key.type === 'Identifier' || key.type === 'PrivateIdentifier') check(key, key.name);
      },
    };
  },
};

/** In lines of code: comments and empty lines do not count. */
const LONGEST_FILE = { max: 250, skipBlankLines: true, skipComments: true };
const LONGEST_FUNCTION = { max: 70, skipBlankLines: true, skipComments: true };

const restrictedInSrc = [
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines it.' },
  { selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
];
const clockOnlyInPlatform = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'The clock comes from platform/clock.ts.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'The clock comes from platform/clock.ts.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Randomness comes from platform/random.ts.',
  },
  {
    selector: 'CallExpression[callee.name=/^(setTimeout|setInterval)$/]',
    message: 'Timers come from platform/clock.ts.',
  },
];

// What leaves the process goes through platform/visible-text.ts.
const visibleOnly = [
  {
    selector: "CallExpression[callee.object.name='JSON'][callee.property.name='stringify']",
    message: 'What others read as JSON is made by platform/visible-text.ts.',
  },
];

const environmentAndEnd = [
  { object: 'process', property: 'env', message: 'The environment is read in config/ only.' },
  { object: 'process', property: 'exit', message: 'Only bin/ ends the process.' },
];
const standardStreams = ['stdout', 'stderr'].map((property) => ({
  object: 'process',
  property,
  message: 'Only app/ writes there; commands print (cli/program/command-context.ts).',
}));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'data/', 'src/ui/api/*openapi.ts'] },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', 'test/**/*.ts', 'bench/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: {
      postern: {
        rules: { layers: layersRule, circles: circlesRule, 'log-fields': logFieldsRule, words: wordsRule },
      },
    },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'postern/layers': 'error',
      'postern/circles': 'error',
      'postern/words': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: {
      'postern/log-fields': 'error',
      'max-lines': ['error', LONGEST_FILE],
      'max-lines-per-function': ['error', LONGEST_FUNCTION],
      'no-restricted-syntax': ['error', ...restrictedInSrc, ...clockOnlyInPlatform],
      'no-restricted-globals': ['error'],
      'no-restricted-properties': ['error', ...environmentAndEnd, ...standardStreams],
    },
  },
  {
    files: [
      'src/cli/**',
      'src/control/**',
      'src/webhook/**',
      'src/http/http-*.ts',
      'src/http/event-streams.ts',
    ],
    rules: {
      'no-restricted-syntax': ['error', ...restrictedInSrc, ...clockOnlyInPlatform, ...visibleOnly],
    },
  },
  { files: ['src/platform/**'], rules: { 'no-restricted-syntax': ['error', ...restrictedInSrc] } },
  { files: ['src/config/**'], rules: { 'no-restricted-properties': 'off' } },
  // In the browser: its clock and its timers, and what is written as JSON goes to the API.
  { files: ['src/ui/**'], rules: { 'no-restricted-syntax': ['error', ...restrictedInSrc] } },
  // Markup has a line for each attribute.
  {
    files: ['src/ui/**/*.tsx'],
    rules: { 'max-lines-per-function': ['error', { ...LONGEST_FUNCTION, max: 90 }] },
  },
  { files: ['src/ui/vite.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['src/ui/text/??.ts'], rules: { 'max-lines': ['error', { ...LONGEST_FILE, max: 1_500 }] } },
  {
    files: ['src/app/**', 'src/demo/**'],
    rules: { 'no-restricted-properties': ['error', ...environmentAndEnd] },
  },
  { files: ['src/cli/**', 'src/demo/**', 'test/**', 'bench/**'], rules: { 'no-console': 'off' } },
  {
    // Answers of the API are looked at as they come, as a client would.
    files: [
      'test/http/**/*.ts',
      'test/fuzz/http-*.ts',
      'test/security/http-*.ts',
      'test/security/support/dashboard-person.ts',
      'test/security/support/second-factor.ts',
    ],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      // The fake of a role that answers later has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
);
