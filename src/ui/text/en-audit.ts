/** What the page of the audit log says, in English. */
export const enAudit = {
  hint: 'What was changed in the account, and by whom.',
  columns: { action: 'Action', subject: 'What', actor: 'By', origin: 'From', at: 'When' },
  details: 'Details',
  detailsOf: (action: string, subject: string) => `Details of ${action} ${subject}`,
  id: 'ID',
  key: 'Credential',
  close: 'Close',
  action: 'Action',
  actionHint: 'suppression add',
  credential: 'By credential',
  actors: { operator: 'Operator', relay: 'The relay' } as Readonly<Record<string, string>>,
  you: (name: string) => `${name} (you)`,
  empty: 'No changes',
  emptyHint: 'Each change of the account is written down here.',
  emptyFiltered: 'No change matches these filters',
  adminOnly: 'The audit log is for administrators of the account.',
};
