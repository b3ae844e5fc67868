/** The path of the control socket and its limits. */
import path from 'node:path';

/** Octets of `sun_path` in sockaddr_un (unix(7)) without the NUL. Longer paths are silently truncated. */
export const LONGEST_SOCKET_PATH = 107;

export function socketPath(dataDir: string): string {
  return path.join(path.resolve(dataDir), 'relayd.sock');
}

/** The problem with its remedy; `undefined`: none. */
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
