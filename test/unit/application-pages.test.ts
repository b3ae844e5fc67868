/**
 * The pages of docs/applications, as far as it takes no other programs: complete, listed, and true about which of them
 * test/clients tries. That what stands in them works is shown there (`npm run test:clients`).
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApplicationPage, applicationPages, SHOWN } from '../clients/support/application-page.ts';
import { APPLICATIONS } from '../clients/support/applications.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const INDEX = readFileSync(path.join(ROOT, 'docs/applications/README.md'), 'utf8');
const PAGES = applicationPages();
/** Tried by a test of its own in applications.clients.ts. */
const TRIED = [...APPLICATIONS.map(({ page }) => page), 'printers'];

describe.each(PAGES)('the page of %s', (name) => {
  const page = new ApplicationPage(name);

  it('is in the index', () => {
    expect(INDEX).toContain(`](${name}.md)`);
  });

  it('states whether it is tried, and is right', () => {
    expect(page.text.includes('\nTried by our tests: ')).toBe(TRIED.includes(name));
    if (!TRIED.includes(name)) expect(page.text).toMatch(/not tried by our tests/i);
  });

  it('shows the messages for a wrong login and a sender that is not allowed', () => {
    const codes = page.complaints.map(({ code }) => code);
    expect(codes).toContain('550');
    expect(codes).toContain(name === 'printers' ? '530' : '535');
  });

  it('shows the names that the index explains', () => {
    expect(page.text).toContain(SHOWN.host);
    expect(page.text).not.toMatch(
      /\b(?!mail\.|web1\.|gitlab\.|grafana\.|you@)[a-z]+\.example\.(?:com|net)\b/,
    );
  });
});

it('lists no page that is not there', () => {
  const listed = [...INDEX.matchAll(/\]\(([a-z]+)\.md\)/g)].map(([, name]) => name);
  expect([...new Set(listed)].toSorted()).toEqual(PAGES.toSorted());
});

it('is tried with blocks that exist', () => {
  for (const { page } of APPLICATIONS) expect(new ApplicationPage(page).blocks, page).not.toEqual([]);
});
