/**
 * Who may read and write what the relay keeps, and the files that its secrets come from: what is refused, what is only
 * warned of, and the command that mends it. Facts in, findings out; app/data-folder.ts looks at the files.
 *
 * - Whoever may write to the folder has the relay: a group, others and foreign owners are refused. The folder itself may
 *   be named by a link, for disks are mounted so; what is in it may not, for a link names what its maker can change.
 * - Whoever reads the key has every DKIM key and credential of a copy of the database: refused. What else others may
 *   read is warned of.
 * - root works for whoever owns the folder: `sudo relayctl` is how it is used.
 */
import { shellWord } from '../platform/shell-word.ts';

/** What a file is to the relay. `secret`: a file of the operator's, outside of the folder. */
export type FileRole = 'folder' | 'key' | 'data' | 'secret';

export interface FileFacts {
  readonly path: string;
  readonly role: FileRole;
  /** Of `folder` and `secret`: what a link leads to. */
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Owner. */
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface RightsFinding {
  /** `refuse`: nothing is read or written before it is mended. */
  readonly severity: 'refuse' | 'warn';
  /** One line: what is wrong, then the command. */
  readonly text: string;
}

const GROUP_AND_OTHERS = 0o077;
const WRITING = 0o022;
const OTHERS = 0o007;

/** `uid`: of this process; `folderUid`: the owner of the folder. */
export function judgeFile(facts: FileFacts, uid: number, folderUid: number): RightsFinding | undefined {
  const { role, kind, mode } = facts;
  if (role === 'secret')
    return (mode & OTHERS) === 0
      ? undefined
      : warn(facts, `holds a secret and is open to every user of this machine${octal(mode)}`, 'chmod o-rwx');
  if (kind === 'link')
    return refuse(
      facts.path,
      'is a symbolic link',
      `mv "$(readlink -f ${shellWord(facts.path)})" ${shellWord(facts.path)}` +
        (role === 'key' ? ', or name the file in RELAY_DATA_KEY_FILE' : ''),
    );
  if (kind !== (role === 'folder' ? 'folder' : 'file'))
    return refuse(facts.path, `is not a ${role === 'folder' ? 'folder' : 'file'}`, 'move it away');
  if (facts.uid !== 0 && facts.uid !== uid && !(uid === 0 && facts.uid === folderUid)) {
    const owner = uid === 0 ? folderUid : uid;
    return refuse(
      facts.path,
      `belongs to another user (uid ${facts.uid}, expected ${owner})`,
      `as root, chown ${role === 'folder' ? '-R ' : ''}${owner} ${shellWord(facts.path)}, or run as the user that owns it`,
    );
  }
  return judgeMode(facts);
}

/** Of a file or folder: owner, group, permission bits. */
export interface Owned {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

/** Whether the user `uid` with the group `gid` may read `file`, which lies in `folders`. Other groups are not known. */
export function mayReach(file: Owned, folders: readonly Owned[], uid: number, gid: number): boolean {
  const may = (of: Owned, bit: number) => {
    const shift = of.uid === uid ? 6 : of.gid === gid ? 3 : 0;
    return uid === 0 || ((of.mode >> shift) & bit) !== 0;
  };
  return may(file, 0o4) && folders.every((folder) => may(folder, 0o1));
}

function judgeMode(facts: FileFacts): RightsFinding | undefined {
  const { path, role, mode } = facts;
  const mend = role === 'folder' ? 'chmod 700' : 'chmod 600';
  if ((mode & WRITING) !== 0)
    return refuse(
      path,
      `can be written by other users${octal(mode)}`,
      `${mend} ${shellWord(path)}` +
        (role === 'folder' ? ', or set data_dir to a folder in it: relayd makes that' : ''),
    );
  if ((mode & GROUP_AND_OTHERS) === 0) return undefined;
  if (role === 'key')
    return refuse(path, `can be read by other users${octal(mode)}`, `${mend} ${shellWord(path)}`);
  return warn(facts, `can be read by other users${octal(mode)}`, mend);
}

function octal(mode: number): string {
  return ` (mode 0${(mode & 0o777).toString(8).padStart(3, '0')})`;
}

function warn({ path }: FileFacts, problem: string, command: string): RightsFinding {
  return { severity: 'warn', text: `${path} ${problem}; fix: ${command} ${shellWord(path)}` };
}

function refuse(path: string, problem: string, remedy: string): RightsFinding {
  return { severity: 'refuse', text: `${path} ${problem}; fix: ${remedy}` };
}
