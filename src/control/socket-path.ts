/** Where the control socket is, and whether the system can have one there. */
import path from 'node:path';

/** Octets of `sun_path` in sockaddr_un (unix(7)), without the NUL. Longer names are cut without a word. */
export const LONGEST_SOCKET_PATH = 107;

export function socketPath(dataDir: string): string {
  return path.join(path.resolve(dataDir), 'relayd.sock');
}

/** What is wrong with the path, with the remedy; `undefined`: nothing. */
export function socketPathProblem(
  dataDir: string,
): { readonly why: string; readonly remedy: string } | undefined {
  const file = socketPath(dataDir);
  const octets = Buffer.byteLength(file);
  if (octets <= LONGEST_SOCKET_PATH) return undefined;
  return {
    why: `${file} has ${octets} octets, and a socket may have ${LONGEST_SOCKET_PATH}`,
    remedy: `set data_dir to a path of at most ${LONGEST_SOCKET_PATH - '/relayd.sock'.length} octets: a symbolic link to the folder will do`,
  };
}
