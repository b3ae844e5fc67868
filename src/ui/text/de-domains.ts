/** What the pages of domains say, in German. */
import type { enDomains } from './en-domains.ts';

export const deDomains: typeof enDomains = {
  columns: { domain: 'Domain', state: 'Zustand', dkim: 'DKIM', added: 'Angelegt' },
  hint: 'Nachrichten von diesen Domains werden angenommen, sobald ihre DKIM-Einträge im DNS stehen.',
  verified: 'Bestätigt',
  failing: 'Einträge fehlen',
  elsewhere: 'Woanders bestätigt',
  unverified: 'Nicht bestätigt',
  keySets: { both: 'RSA und Ed25519', rsa: 'nur RSA' },
  newKeys: 'neue Schlüssel warten',
  empty: 'Keine Domains',
  emptyHint: 'Fügen Sie die Domain hinzu, von der Nachrichten kommen sollen.',
  add: 'Domain hinzufügen',
  addTitle: 'Absender-Domain hinzufügen',
  addHint:
    'Ihre DKIM-Schlüssel werden erzeugt, und die DNS-Einträge werden gezeigt, die zu veröffentlichen sind.',
  name: 'Domain',
  nameHint: 'Zum Beispiel example.com',
  keys: 'DKIM-Schlüssel (später nicht mehr zu ändern)',
  added: (name) => `${name} ist hinzugefügt. Veröffentlichen Sie die Einträge und prüfen Sie sie dann.`,
  back: 'Domains',
  verify: 'Jetzt prüfen',
  verifiedNow: (name) => `${name} ist bestätigt.`,
  notVerifiedNow: (name) => `${name} ist nicht bestätigt: Die Einträge sagen, warum.`,
  isVerified: (since) => `Bestätigt seit ${since}: Nachrichten von ihr werden angenommen.`,
  isNot: 'Nicht bestätigt: Nachrichten von ihr werden abgelehnt.',
  isElsewhere:
    'Ihre DKIM-Einträge sind da, aber ein anderes Konto war früher bestätigt. Die Domain wird frei, wenn jenes Konto sie entfernt ' +
    'oder seine Einträge eine Woche lang fehlen. Prüfen Sie sie dann noch einmal.',
  failsSince: (since, looks) =>
    `Ihre DKIM-Einträge stimmen seit ${since} nicht (${looks} ${looks === 1 ? 'Abfrage' : 'Abfragen'} fanden das). Nach einer Woche ` +
    'kann ein anderes Konto die Domain übernehmen, das eigene veröffentlicht.',
  acceptedUntil: (until) =>
    `Nachrichten werden mindestens bis ${until} angenommen; eine gute Abfrage beendet das.`,
  records: 'Zu veröffentlichende DNS-Einträge',
  recordsHint:
    'Was bei der letzten Abfrage im DNS stand. „Jetzt prüfen“ fragt neu; nach dem, was fehlte, frühestens eine Minute später.',
  type: 'Typ',
  recordName: 'Name',
  value: 'Wert',
  dnsHas: 'Im DNS steht',
  remedy: 'Abhilfe',
  proposed: 'Stattdessen veröffentlichen',
  statuses: {
    ok: 'Gefunden',
    missing: 'Fehlt',
    different: 'Falsch',
    unchecked: 'Noch nicht abgefragt',
  },
  missing: 'Veröffentlichen Sie ihn so, wie er hier steht.',
  purposes: {
    'dkim-rsa': 'DKIM, RSA-Schlüssel',
    'dkim-ed25519': 'DKIM, Ed25519-Schlüssel',
    'dkim-rsa-next': 'DKIM, neuer RSA-Schlüssel',
    'dkim-ed25519-next': 'DKIM, neuer Ed25519-Schlüssel',
    'dkim-rsa-old': 'DKIM, alter RSA-Schlüssel, stehen lassen',
    'dkim-ed25519-old': 'DKIM, alter Ed25519-Schlüssel, stehen lassen',
    'dkim-rsa-ahead': 'DKIM, RSA-Schlüssel eines späteren Wechsels',
    'dkim-ed25519-ahead': 'DKIM, Ed25519-Schlüssel eines späteren Wechsels',
    spf: 'SPF (empfohlen)',
    dmarc: 'DMARC (empfohlen)',
    'return-path-mx': 'Rückläufer und Beschwerden',
    'return-path-spf': 'SPF des Umschlagabsenders',
  },
  dkim: 'DKIM-Schlüssel',
  selector: 'Selektor',
  keyStates: {
    pending: 'Wartet auf seinen Eintrag',
    active: 'Unterschreibt',
    retired: 'Unterschreibt nicht mehr',
    removable: 'Eintrag kann weg',
  },
  keyMade: 'Erzeugt',
  keySeen: 'Eintrag gesehen seit',
  keySigns: 'Unterschreibt seit',
  keyFails: 'Eintrag stimmt nicht seit',
  keyDropped: 'Ausgelassen seit',
  keyRetired: 'Unterschrieb bis',
  pendingKeys:
    'Neue DKIM-Schlüssel warten darauf, dass ihre Einträge veröffentlicht werden. Bis dahin unterschreiben die jetzigen.',
  switchAt: (at) => `Die Einträge der neuen DKIM-Schlüssel sind da. Sie unterschreiben ab ${at}.`,
  leaveOld:
    'Alte Schlüssel unterschreiben nicht mehr. Lassen Sie ihre Einträge stehen, bis angekommen ist, was sie unterschrieben haben.',
  rotate: 'DKIM-Schlüssel wechseln',
  rotateTitle: 'Neue DKIM-Schlüssel erzeugen?',
  rotateBody:
    'Ihre Einträge werden bei den anderen gezeigt. Die neuen Schlüssel unterschreiben zehn Minuten, nachdem alle ihre Einträge gesehen ' +
    'wurden; bis dahin unterschreiben die jetzigen.',
  rotated: 'Neue DKIM-Schlüssel sind erzeugt. Veröffentlichen Sie ihre Einträge.',
  cancelRotation: 'Neue Schlüssel zurücknehmen',
  cancelTitle: 'Die neuen DKIM-Schlüssel zurücknehmen?',
  cancelBody:
    'Die jetzigen Schlüssel unterschreiben weiter. Einträge der neuen, die schon im DNS stehen, können entfernt werden.',
  cancelled: 'Die neuen DKIM-Schlüssel sind zurückgenommen.',
  remove: 'Domain entfernen',
  removeTitle: 'Diese Domain entfernen?',
  removeBody: (name) =>
    `Nachrichten von ${name} werden dann abgelehnt. Wartende Nachrichten können nicht mehr unterschrieben werden und warten, bis sie ` +
    'ablaufen. Ihre DKIM-Schlüssel sind nicht wiederherzustellen.',
  removed: (name) => `${name} ist entfernt.`,
  removedWaiting: (name, count) =>
    `${name} ist entfernt. Wartende Nachrichten, die nicht mehr unterschrieben werden können: ${count}.`,
};
