/** People as the audit log names them: `user:usr_…`. Pure. */

export interface PersonName {
  readonly id: string;
  readonly email: string;
}

/** The actor that is meant by an id or an e-mail address; `undefined`: nobody of `people` has that address. */
export function actorOf(typed: string, people: readonly PersonName[]): string | undefined {
  const text = typed.trim();
  if (text.startsWith('user:')) return text;
  if (!text.includes('@')) return `user:${text}`;
  const wanted = text.toLowerCase();
  const found = people.find(({ email }) => email.toLowerCase() === wanted);
  return found && `user:${found.id}`;
}

/** `olga@example.org (usr_…)` where it is known whose the id is; else the id. */
export function actorName(actor: string, people: readonly PersonName[]): string {
  const found = people.find(({ id }) => actor === `user:${id}`);
  return found === undefined ? actor : `${found.email} (${found.id})`;
}
