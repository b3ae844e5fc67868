/** The audit log: who changed what. Written in the transaction of the change. */
import { statement } from '../statement.ts';
import { run, type Steps } from '../steps.ts';

const INSERT = statement<{ at: number; actor: string; action: string; subject: string }>(
  'INSERT INTO audit (at, actor, action, subject) VALUES (:at, :actor, :action, :subject)',
);

/** `action` is a command's name such as `domain add`, `subject` what it was done to. */
export function* audit(atMs: number, actor: string, action: string, subject: string): Steps<void> {
  yield* run(INSERT, { at: Math.round(atMs), actor, action, subject });
}
