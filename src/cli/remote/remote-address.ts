/** Which server a command works with: `--server`, or DBMEDIC_SERVER; and the token for it. */
import { readFileSync } from 'node:fs'
import { DbmedicError } from '../../core/errors.ts'
import type { RemoteAddress } from './remote-server.ts'

/** The options of the command line. */
export interface RemoteOptions {
  readonly server?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly workspace?: string
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/

/** The server that was named; null: none was. @throws DbmedicError DBM_USAGE, DBM_FILE_UNREADABLE */
export function remoteAddress(options: RemoteOptions, env: NodeJS.ProcessEnv): RemoteAddress | null {
  const named = options.server ?? env['DBMEDIC_SERVER']
  if (named === undefined || named === '') return null
  const url = urlOf(named)
  requireProof(url, env)
  return { url, token: tokenOf(options, env), workspace: workspaceOf(options.workspace) }
}

function urlOf(text: string): URL {
  const url = URL.parse(text)
  const plain =
    url !== null &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  if (url === null || !plain || !/^https?:$/.test(url.protocol))
    throw usage('this is not the address of a server', 'Write it as https://dbmedic.example.org')
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    throw usage(
      'a token is not sent over http:// to another machine: everybody on the way could use it',
      'Use the https:// address, or a tunnel: ssh -L 8642:127.0.0.1:8642 HOST, then --server http://127.0.0.1:8642',
    )
  return url
}

/**
 * A certificate that nobody looks at proves nothing, and a proxy sees what is not encrypted. Node heeds these variables
 * for the whole process (https://nodejs.org/api/cli.html#environment-variables), so nothing is sent under them.
 */
function requireProof(url: URL, env: NodeJS.ProcessEnv): void {
  if (url.protocol === 'https:' && env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    throw usage(
      'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody pass for the server: no token is sent under it',
      'Unset it; for a certificate authority of your own set NODE_EXTRA_CA_CERTS=FILE',
    )
  const byProxy = env['NODE_USE_ENV_PROXY'] === '1' || /--use-env-proxy/.test(env['NODE_OPTIONS'] ?? '')
  if (url.protocol === 'http:' && byProxy && (env['http_proxy'] ?? env['HTTP_PROXY'] ?? '') !== '')
    throw usage(
      'the proxy of HTTP_PROXY would read the token on its way to this machine',
      'Unset NODE_USE_ENV_PROXY for this command, or use an https:// address',
    )
}

/** The first of --token, --token-file, DBMEDIC_TOKEN, DBMEDIC_TOKEN_FILE. */
function tokenOf(options: RemoteOptions, env: NodeJS.ProcessEnv): string {
  const given =
    options.token ??
    (options.tokenFile === undefined ? undefined : fromFile(options.tokenFile)) ??
    env['DBMEDIC_TOKEN'] ??
    (env['DBMEDIC_TOKEN_FILE'] === undefined ? undefined : fromFile(env['DBMEDIC_TOKEN_FILE']))
  if (given === undefined || given === '')
    throw usage(
      'a server takes nobody without a token',
      'Make one in the panel, and give it by --token-file FILE or DBMEDIC_TOKEN',
    )
  if (/^dbm_[\w-]{43}$/.test(given)) return given
  throw usage('this is no token of dbmedic', 'A token begins with dbm_ and has 47 characters.')
}

function fromFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'it cannot be read'
    throw new DbmedicError('DBM_FILE_UNREADABLE', { file, reason }, error)
  }
}

function workspaceOf(text: string | undefined): number {
  if (text === undefined) return 1
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw usage('a workspace is named by its number', 'Give --workspace a whole number, 1 or more.')
}

const usage = (problem: string, hint: string): DbmedicError =>
  new DbmedicError('DBM_USAGE', { problem, hint })
