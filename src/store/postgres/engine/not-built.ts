/** Stands where a role of the engine is not built yet: each of its verbs is refused. */
import { StoreError } from '../../errors.ts';
import type { StoreWrites } from '../../store.ts';

export function notBuilt<Role extends keyof StoreWrites>(role: Role): StoreWrites[Role] {
  return new Proxy({} as StoreWrites[Role], {
    get: (_target, verb) => () =>
      Promise.reject(new StoreError('failed', `${role}.${String(verb)} is not built on PostgreSQL yet`)),
  });
}
