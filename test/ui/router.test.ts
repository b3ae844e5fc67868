/** Paths and pages of the dashboard. */
import { expect, test } from 'vitest';
import { listOf, messagePath, pathIn, PATHS, routeOf } from '../../src/ui/pure/router.ts';

test('every path of the navigation has its page', () => {
  for (const [page, path] of Object.entries(PATHS)) expect(routeOf(path), path).toEqual({ page });
  expect(routeOf('/ui')).toEqual({ page: 'overview' });
  expect(routeOf('/ui/messages/')).toEqual({ page: 'messages' });
});

test('the id of a message or template comes back from its path, whatever is in it', () => {
  for (const id of ['msg_01', 'a/b', 'ü %', '<script>', '?x#y'])
    expect(routeOf(messagePath(id))).toEqual({ page: 'message', id });
  for (const id of ['tpl_01', 'a/b', 'ü %', 'new-template'])
    expect(routeOf(pathIn('templates', id))).toEqual({ page: 'template', id });
});

test.each(['/', '/uix', '/ui/nothing', '/ui/messages/a/b', '/ui/messages/%E0%A4%A', '/ui/suppressions/x'])(
  'there is no page at %s',
  (path) => {
    expect(routeOf(path)).toEqual({ page: 'unknown' });
  },
);

test.each([
  ['domains', 'domain'],
  ['streams', 'stream'],
  ['webhooks', 'webhook'],
  ['credentials', 'credential'],
] as const)('one of the %s has a page, which belongs to their list', (list, page) => {
  const route = routeOf(pathIn(list, 'a/b'));
  expect(route).toEqual({ page, id: 'a/b' });
  expect(listOf(route)).toBe(list);
});
