/** Renders an OpenAPI document as a page: operations by tag, with parameters, fields and responses. */
import { htmlText } from '../platform/html-text.ts';

type Json = Readonly<Record<string, unknown>>;

/** Inlined; the page's Content-Security-Policy has its hash. */
export const STYLE = `
:root{color-scheme:light dark;--line:#8885;--dim:#777;--code:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:3rem;border-bottom:1px solid var(--line)}
article{border:1px solid var(--line);border-radius:.4rem;padding:.2rem 1rem 1rem;margin:1rem 0}
code,pre{font:14px/1.4 ui-monospace,monospace;background:var(--code);border-radius:.2rem}
code{padding:.1em .3em}
table{border-collapse:collapse;width:100%;font-size:.95em}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;border-top:1px solid var(--line)}
th{font-weight:600;border-top:0}
.m{font-weight:700}
.d{color:var(--dim)}
nav a{margin-right:1rem;white-space:nowrap}
`;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** Depth of nested fields shown. */
const MAX_DEPTH = 4;

export function renderDocs(document: object): string {
  const api = document as Json;
  const info = record(api['info']);
  const tags = list(api['tags']).map(record);
  const operations = Object.entries(record(api['paths'])).flatMap(([path, item]) =>
    METHODS.filter((method) => record(item)[method] !== undefined).map((method) => ({
      path,
      method,
      operation: record(record(item)[method]),
    })),
  );
  const used = tags.filter(({ name }) =>
    operations.some(({ operation }) => list(operation['tags']).includes(name)),
  );
  const sections = used.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => list(operation['tags']).includes(name));
    const articles = own.map(({ path, method, operation }) => article(api, path, method, operation)).join('');
    return `<h2 id="${htmlText(text(name))}">${htmlText(text(name))}</h2><p>${prose(text(description))}</p>${articles}`;
  });
  const nav = used
    .map(({ name }) => `<a href="#${htmlText(text(name))}">${htmlText(text(name))}</a>`)
    .join('');
  const title = `${text(info['title'])} API ${text(info['version'])}`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${htmlText(title)}</title>` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><style>${STYLE}</style></head><body>` +
    `<h1>${htmlText(title)}</h1><p>${prose(text(info['description']))}</p>` +
    `<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1)</p><nav>${nav}</nav>` +
    `${sections.join('')}</body></html>`
  );
}

function article(api: Json, path: string, method: string, operation: Json): string {
  const description = text(operation['description']);
  const parameters = list(operation['parameters']).map(record);
  const body = contentSchema(record(operation['requestBody']));
  const responses = Object.entries(record(operation['responses']));
  const success = responses.find(([status]) => status.startsWith('2'));
  return [
    `<article id="${htmlText(text(operation['operationId']))}">`,
    `<h3><span class="m">${method.toUpperCase()}</span> <code>${htmlText(path)}</code></h3>`,
    `<p>${prose(text(operation['summary']))}</p>`,
    description === '' ? '' : `<p>${prose(description)}</p>`,
    parameters.length === 0
      ? ''
      : `<h4>Parameters</h4>${table(parameters.map((one) => parameterRow(api, one)))}`,
    body === undefined ? '' : `<h4>Body</h4>${fieldsTable(api, body)}`,
    success === undefined ? '' : answer(api, success[0], record(success[1])),
    '</article>',
  ].join('');
}

function answer(api: Json, status: string, response: Json): string {
  const [type] = Object.keys(record(response['content']));
  const schema = contentSchema(response);
  const head = `<h4>Answer ${htmlText(status)}${type === undefined || type === 'application/json' ? '' : ` <span class="d">${htmlText(type)}</span>`}</h4>`;
  return schema === undefined ? head : head + fieldsTable(api, schema);
}

function contentSchema(holder: Json): Json | undefined {
  const [media] = Object.values(record(holder['content']));
  const schema = record(media)['schema'];
  return schema === undefined ? undefined : record(schema);
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
}

function parameterRow(api: Json, parameter: Json): Row {
  const schema = resolve(api, record(parameter['schema']));
  return {
    name: `${text(parameter['name'])} (${text(parameter['in'])})`,
    type: typeWords(api, schema),
    required: parameter['required'] === true,
    description: text(parameter['description']) || text(schema['description']),
  };
}

function fieldsTable(api: Json, schema: Json): string {
  const rows = fieldRows(api, schema, '', 0);
  return rows.length === 0
    ? `<p class="d">${htmlText(typeWords(api, resolve(api, schema)))}</p>`
    : table(rows);
}

function fieldRows(api: Json, schema: Json, prefix: string, depth: number): Row[] {
  const resolved = resolve(api, schema);
  const required = list(resolved['required']);
  return Object.entries(record(resolved['properties'])).flatMap(([name, value]) => {
    const field = resolve(api, record(value));
    const row: Row = {
      name: prefix + name,
      type: typeWords(api, field),
      required: required.includes(name),
      description: text(record(value)['description']) || text(field['description']),
    };
    if (depth >= MAX_DEPTH) return [row];
    const items = field['items'] === undefined ? field : record(field['items']);
    const inner = fieldRows(
      api,
      items,
      `${prefix}${name}${field['items'] === undefined ? '' : '[]'}.`,
      depth + 1,
    );
    return [row, ...inner];
  });
}

function typeWords(api: Json, schema: Json): string {
  const choices = [...list(schema['anyOf']), ...list(schema['oneOf'])];
  if (choices.length > 0) return choices.map((one) => typeWords(api, resolve(api, record(one)))).join(' or ');
  const values = list(schema['enum']);
  if (values.length > 0)
    return values.map((value) => JSON.stringify(value)).join(' | ') + presetWords(schema);
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  const type = [schema['type']].flat().map(text).filter(Boolean).join(' or ');
  if (type === 'array') return `list of ${typeWords(api, resolve(api, record(schema['items'])))}`;
  const format = text(schema['format']);
  return `${type || 'any'}${format === '' ? '' : ` (${format})`}${presetWords(schema)}`;
}

function presetWords({ default: preset }: Json): string {
  return preset === undefined ? '' : `, default ${JSON.stringify(preset)}`;
}

function resolve(api: Json, schema: Json): Json {
  const reference = text(schema['$ref']);
  if (reference === '') return schema;
  let at: unknown = api;
  for (const part of reference.replace(/^#\//, '').split('/')) at = record(at)[part];
  return record(at);
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ name, type, required, description }) =>
      `<tr><td><code>${htmlText(name)}</code>${required ? ' <span class="d">required</span>' : ''}</td>` +
      `<td>${htmlText(type)}</td><td>${marked(description)}</td></tr>`,
  );
  return `<table><tr><th>Name</th><th>Type</th><th></th></tr>${lines.join('')}</table>`;
}

/** Inline text with `code` and paragraphs. */
function prose(words: string): string {
  return marked(words).replace(/\n\n/g, '</p><p>');
}

function marked(words: string): string {
  return htmlText(words).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
