/** What the pages of the queue say, in German. */
import type { Text } from './en.ts';

export const deQueue: Text['queue'] = {
  hint: 'Die Ziele, bei denen am meisten wartet, aus allen Konten: höchstens 200.',
  empty: 'Die Warteschlange ist leer.',
  waits: (counts) => `${counts} wartend`,
  counts: { queued: 'eingereiht', deferred: 'aufgeschoben', held: 'angehalten', scheduled: 'geplant' },
  next: 'Nächster Versuch',
  now: 'jetzt fällig',
  blocked: (time) => `kein Versuch vor ${time}`,
  suspended: 'Ausgesetzt',
  until: (time) => `bis ${time}`,
  untilResumed: 'bis es fortgesetzt wird',
  by: 'Von',
  reason: 'Grund',
  waitsFor: 'Wartet auf',
  lastError: 'Letzter Fehler',
  failures: 'Fehler in Folge',
  limits: 'Grenzen, die das Relay selbst gesetzt hat',
  noLimits: 'Keine.',
  limit: (subject, what) => `${subject} ${what}`,
  isSuspended: 'bekommt nichts',
  slowedDown: (perMinute, connections) =>
    [
      'bekommt',
      perMinute === null ? '' : `${perMinute} Nachrichten je Minute`,
      connections === null ? '' : `${connections} Verbindungen`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  limitUntil: (since, until) => `seit ${since}, nächste Stufe ${until}`,
  because: (rule, reply) => `nach der Antwortregel ${rule}: ${reply}`,
  newest: 'Neueste wartende Zustellungen',
  ofAccount: (account) => `Konto ${account}`,
  earliest: (time) => `nicht vor ${time}`,
  suspend: 'Aussetzen',
  suspendOf: (name) => `${name} aussetzen`,
  suspendHint: 'Die Nachrichten dorthin warten. Ein laufender Versuch geht weiter.',
  didSuspend: (name) => `${name} ist ausgesetzt.`,
  resume: 'Fortsetzen, Grenzen aufheben',
  didResume: (name) => `Nachrichten an ${name} gehen wieder hinaus.`,
  changes: {
    retry: {
      label: 'Jetzt versuchen',
      title: 'Wartendes jetzt versuchen?',
      done: (count) => `Jetzt fällig: ${count}.`,
    },
    hold: { label: 'Anhalten', title: 'Wartendes anhalten?', done: (count) => `Angehalten: ${count}.` },
    release: {
      label: 'Freigeben',
      title: 'Angehaltenes freigeben?',
      done: (count) => `Freigegeben: ${count}.`,
    },
    cancel: {
      label: 'Abbrechen',
      title: 'Wartendes endgültig abbrechen?',
      done: (count) => `Abgebrochen: ${count}.`,
    },
  },
  meant: (deliveries, messages) => `${deliveries} Zustellungen aus ${messages} Nachrichten`,
  inProgress: (count) => `${count} davon werden in diesem Augenblick versucht`,
  counting: 'Wird gezählt …',
};
