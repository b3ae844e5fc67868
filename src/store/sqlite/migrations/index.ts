/** All migrations in order. Released ones never change: a test keeps their hashes. */
import { initial } from './0001-initial.ts';
import { suppressionAndHealth } from './0002-suppression-and-health.ts';
import { reports } from './0003-reports.ts';
import { expiry } from './0004-expiry.ts';
import type { Migration } from './migration.ts';

export const migrations: readonly Migration[] = [initial, suppressionAndHealth, reports, expiry];
