/** Every command of relayctl, in the order of the help. A new one is a file in commands/ and a line here. */
import type { CommandSpec } from './command-spec.ts';
import { accountAdd } from '../commands/account-add.ts';
import { accountChange } from '../commands/account-change.ts';
import { accountList } from '../commands/account-list.ts';
import { accountRemove } from '../commands/account-remove.ts';
import { accountResume } from '../commands/account-resume.ts';
import { accountShow } from '../commands/account-show.ts';
import { accountSuspend } from '../commands/account-suspend.ts';
import { auditList } from '../commands/audit-list.ts';
import { auditVerify } from '../commands/audit-verify.ts';
import { certificateRenew } from '../commands/certificate-renew.ts';
import { certificateShow } from '../commands/certificate-show.ts';
import { completionCommand } from '../commands/completion.ts';
import { configCheck } from '../commands/config-check.ts';
import { configShow } from '../commands/config-show.ts';
import { credentialAdd } from '../commands/credential-add.ts';
import { credentialChange } from '../commands/credential-change.ts';
import { credentialList } from '../commands/credential-list.ts';
import { credentialRevoke } from '../commands/credential-revoke.ts';
import { credentialRotate } from '../commands/credential-rotate.ts';
import { credentialShow } from '../commands/credential-show.ts';
import { dataKeyForget } from '../commands/data-key-forget.ts';
import { dataKeyRotate } from '../commands/data-key-rotate.ts';
import { dataKeyShow } from '../commands/data-key-show.ts';
import { dbBackup } from '../commands/db-backup.ts';
import { dbCheck } from '../commands/db-check.ts';
import { dbCompact } from '../commands/db-compact.ts';
import { dbCopy } from '../commands/db-copy.ts';
import { dbMigrate } from '../commands/db-migrate.ts';
import { destinationList } from '../commands/destination-list.ts';
import { destinationResume } from '../commands/destination-resume.ts';
import { destinationShow } from '../commands/destination-show.ts';
import { destinationSuspend } from '../commands/destination-suspend.ts';
import { doctor } from '../commands/doctor.ts';
import { domainAdd } from '../commands/domain-add.ts';
import { domainChange } from '../commands/domain-change.ts';
import { domainList } from '../commands/domain-list.ts';
import { domainRemove } from '../commands/domain-remove.ts';
import { domainShow } from '../commands/domain-show.ts';
import { domainRotateDkim } from '../commands/domain-rotate-dkim.ts';
import { domainVerify } from '../commands/domain-verify.ts';
import { domainZone } from '../commands/domain-zone.ts';
import { erase } from '../commands/erase.ts';
import { eventsList } from '../commands/events-list.ts';
import { health } from '../commands/health.ts';
import { loginClear } from '../commands/login-clear.ts';
import { loginList } from '../commands/login-list.ts';
import { messageList } from '../commands/message-list.ts';
import { messageRaw } from '../commands/message-raw.ts';
import { messageShow } from '../commands/message-show.ts';
import { messageTrace } from '../commands/message-trace.ts';
import { nodeDrain } from '../commands/node-drain.ts';
import { nodeList } from '../commands/node-list.ts';
import { nodeRemove } from '../commands/node-remove.ts';
import { operatorShow } from '../commands/operator-show.ts';
import { operatorTest } from '../commands/operator-test.ts';
import { queueCancel } from '../commands/queue-cancel.ts';
import { queueHold } from '../commands/queue-hold.ts';
import { queueList } from '../commands/queue-list.ts';
import { queueReroute } from '../commands/queue-reroute.ts';
import { queueRelease } from '../commands/queue-release.ts';
import { queueRetry } from '../commands/queue-retry.ts';
import { queueSummary } from '../commands/queue-summary.ts';
import { quickstart } from '../commands/quickstart.ts';
import { reportApply } from '../commands/report-apply.ts';
import { reportExplain } from '../commands/report-explain.ts';
import { reportList } from '../commands/report-list.ts';
import { reportShow } from '../commands/report-show.ts';
import { routeList } from '../commands/route-list.ts';
import { routeShow } from '../commands/route-show.ts';
import { routeTest } from '../commands/route-test.ts';
import { send } from '../commands/send.ts';
import { sourceList } from '../commands/source-list.ts';
import { sourceResume } from '../commands/source-resume.ts';
import { sourceShow } from '../commands/source-show.ts';
import { sourceSuspend } from '../commands/source-suspend.ts';
import { stats } from '../commands/stats.ts';
import { status } from '../commands/status.ts';
import { streamAdd } from '../commands/stream-add.ts';
import { streamChange } from '../commands/stream-change.ts';
import { streamList } from '../commands/stream-list.ts';
import { streamRemove } from '../commands/stream-remove.ts';
import { streamShow } from '../commands/stream-show.ts';
import { suppressionAdd } from '../commands/suppression-add.ts';
import { suppressionCheck } from '../commands/suppression-check.ts';
import { suppressionExport } from '../commands/suppression-export.ts';
import { suppressionImport } from '../commands/suppression-import.ts';
import { suppressionList } from '../commands/suppression-list.ts';
import { suppressionRemove } from '../commands/suppression-remove.ts';
import { templateAdd } from '../commands/template-add.ts';
import { templateList } from '../commands/template-list.ts';
import { templateRemove } from '../commands/template-remove.ts';
import { templateRender } from '../commands/template-render.ts';
import { templateShow } from '../commands/template-show.ts';
import { userAdd } from '../commands/user-add.ts';
import { userChange } from '../commands/user-change.ts';
import { userInvite } from '../commands/user-invite.ts';
import { userList } from '../commands/user-list.ts';
import { userRemove } from '../commands/user-remove.ts';
import { userShow } from '../commands/user-show.ts';
import { webhookAdd } from '../commands/webhook-add.ts';
import { webhookChange } from '../commands/webhook-change.ts';
import { webhookList } from '../commands/webhook-list.ts';
import { webhookPause } from '../commands/webhook-pause.ts';
import { webhookRemove } from '../commands/webhook-remove.ts';
import { webhookReplay } from '../commands/webhook-replay.ts';
import { webhookResume } from '../commands/webhook-resume.ts';
import { webhookRotate } from '../commands/webhook-rotate.ts';
import { webhookShow } from '../commands/webhook-show.ts';
import { webhookTest } from '../commands/webhook-test.ts';

/** What each noun is about, for the help. */
export const NOUNS: Readonly<Record<string, string>> = {
  domain: 'Sending domains: their DKIM keys, DNS records and verification',
  credential: 'Logins of applications, and networks that need none',
  login: 'Failed logins and blocks',
  message: 'Messages: what was accepted, and what became of it',
  queue: 'What waits for delivery',
  destination: 'Where mail is delivered to',
  route: 'How mail leaves: direct, by a smart host, or not at all',
  source: 'Addresses that mail leaves from',
  suppression: 'Addresses that are not mailed any more',
  webhook: 'Addresses that are told of events as they happen',
  report: 'Bounces and complaints: those without a token, and what they mean',
  template: 'Bodies of messages, filled with variables',
  stream: 'Kinds of mail that are kept apart',
  user: 'People who use the dashboard',
  account: 'Tenants',
  audit: 'Who changed what, and which credential sent what',
  node: 'Relays that share one store',
  operator: 'Who hears of failed checks',
  certificate: "The server's certificates, and their renewal by ACME",
  config: 'The configuration in force',
  db: 'The store as a whole: backups, checks, its schema, the move to another engine',
};

/** Commands that a later version has: typed today, they get a sentence and not a riddle. */
export const PENDING: readonly string[] = ['domain dmarc', 'stream remove', 'stream show'];

export const COMMANDS: readonly CommandSpec[] = [
  status,
  doctor,
  health,
  stats,
  quickstart,
  send,
  domainAdd,
  domainList,
  domainShow,
  domainVerify,
  domainRotateDkim,
  domainChange,
  domainZone,
  domainRemove,
  credentialAdd,
  credentialList,
  credentialShow,
  credentialChange,
  credentialRotate,
  credentialRevoke,
  loginList,
  loginClear,
  messageList,
  messageShow,
  messageTrace,
  messageRaw,
  queueSummary,
  queueList,
  queueRetry,
  queueHold,
  queueRelease,
  queueReroute,
  queueCancel,
  destinationList,
  destinationShow,
  destinationSuspend,
  destinationResume,
  routeList,
  routeShow,
  routeTest,
  sourceList,
  sourceShow,
  sourceSuspend,
  sourceResume,
  suppressionList,
  suppressionAdd,
  suppressionRemove,
  suppressionCheck,
  suppressionImport,
  suppressionExport,
  reportList,
  reportShow,
  reportApply,
  reportExplain,
  eventsList,
  webhookAdd,
  webhookList,
  webhookShow,
  webhookTest,
  webhookChange,
  webhookRotate,
  webhookPause,
  webhookResume,
  webhookReplay,
  webhookRemove,
  templateAdd,
  templateList,
  templateShow,
  templateRender,
  templateRemove,
  streamAdd,
  streamList,
  streamShow,
  streamChange,
  streamRemove,
  userAdd,
  userList,
  userShow,
  userChange,
  userInvite,
  userRemove,
  accountAdd,
  accountList,
  accountShow,
  accountChange,
  accountSuspend,
  accountResume,
  accountRemove,
  erase,
  auditList,
  auditVerify,
  nodeList,
  nodeDrain,
  nodeRemove,
  operatorTest,
  operatorShow,
  certificateShow,
  certificateRenew,
  configCheck,
  configShow,
  dataKeyShow,
  dataKeyRotate,
  dataKeyForget,
  dbBackup,
  dbCheck,
  dbCompact,
  dbCopy,
  dbMigrate,
  completionCommand(() => COMMANDS),
];
