/** What the pages of streams say, in German. */
import type { enStreams } from './en-streams.ts';

export const deStreams: typeof enStreams = {
  columns: { name: 'Name', kind: 'Art', title: 'Titel', terms: 'Bedingungen', warnings: 'Warnungen' },
  hint: 'Nachrichten einer Sorte: was jemand angefordert hat, oder was an viele ging. Sperren und Zahlen sind nach Strom getrennt.',
  kinds: { transactional: 'Transaktion', broadcast: 'Rundsendung' },
  asConfigured: 'Bedingungen wie eingestellt',
  noTitle: 'kein Titel',
  warnings: (count) => `${count} ${count === 1 ? 'Warnung' : 'Warnungen'}`,
  fits: 'keine Warnungen',
  empty: 'Keine Ströme',
  back: 'Ströme',
  warningsTitle: 'Was nicht passt',
  allFits: 'Seine Nachrichten passen zu ihm.',
  kind: 'Art',
  kindHint:
    'Rundsendungen bekommen eine Abmeldung mit einem Klick und werden nach Transaktionsnachrichten zugestellt.',
  title: 'Titel',
  titleHint: 'Sein Name für Empfänger, zum Beispiel auf der Seite, auf der sie sich abmelden',
  subdomain: 'Subdomain',
  pool: 'Gruppe von Quelladressen',
  retries: 'Wiederholt nach',
  maxAge: 'Versucht für',
  priority: 'Vorrang',
  headers: 'Kopffelder',
  track: 'Verfolgt',
  created: 'Angelegt',
  change: 'Ändern',
  changeTitle: 'Diesen Strom ändern',
  save: 'Speichern',
  changed: (name) => `Der Strom ${name} ist geändert.`,
};
