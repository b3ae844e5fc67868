/** What the page of the audit log says, in German. */
import type { Text } from './en.ts';

export const deAudit: Text['audit'] = {
  hint: 'Was im Konto geändert wurde, und von wem.',
  columns: { action: 'Aktion', subject: 'Was', actor: 'Von', origin: 'Woher', at: 'Wann' },
  details: 'Einzelheiten',
  detailsOf: (action, subject) => `Einzelheiten zu ${action} ${subject}`,
  id: 'ID',
  key: 'Zugang',
  close: 'Schließen',
  action: 'Aktion',
  actionHint: 'z. B. suppression add',
  credential: 'Vom Zugang',
  person: 'Von der Person',
  personHint: 'usr_…',
  personOrEmail: 'usr_… oder E-Mail-Adresse',
  noPerson: 'Niemand hat diese E-Mail-Adresse.',
  actors: { operator: 'Betreiber', relay: 'Das Relay' },
  you: (name) => `${name} (Sie)`,
  empty: 'Keine Änderungen',
  emptyHint: 'Jede Änderung am Konto wird hier festgehalten.',
  emptyFiltered: 'Keine Änderung passt zu diesen Filtern',
  adminOnly: 'Das Prüfprotokoll ist für Administratoren des Kontos.',
};
