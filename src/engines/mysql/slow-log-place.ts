/** Where the slow log of a target is to be read: a file this process can open, or the server's own table. */
import { access, constants } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { TargetAddress } from '../../core/engine.ts'
import { isOn } from './cells.ts'
import type { MysqlOptions } from './config.ts'

/** Global variables this needs. */
export const SLOW_LOG_VARIABLES = [
  'slow_query_log',
  'log_output',
  'slow_query_log_file',
  'datadir',
  'long_query_time',
] as const

/** Where it is, or why it cannot be read. */
export type SlowLogPlace =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'table' }
  | { readonly kind: 'none'; readonly because: string; readonly toProceed: string }

const ON_STATEMENT = 'SET GLOBAL slow_query_log = ON'

/**
 * The place by the server's settings. A file is taken by `slowLogFile`, else by the server's own path if it is on
 * this machine; `log_output=TABLE` needs SELECT on mysql.slow_log.
 */
export async function slowLogPlace(
  variables: Readonly<Record<string, string>>,
  options: Pick<MysqlOptions, 'slowLogFile'>,
  address: Pick<TargetAddress, 'host' | 'socketPath'>,
): Promise<SlowLogPlace> {
  if (!isOn(variables['slow_query_log'])) {
    return { kind: 'none', because: 'the slow log is off', toProceed: `Run: ${ON_STATEMENT}` }
  }
  const outputs = (variables['log_output'] ?? '').toUpperCase().split(',')
  if (outputs.includes('FILE')) {
    const place = await filePlace(variables, options, address)
    if (place.kind === 'file' || !outputs.includes('TABLE')) return place
  }
  if (outputs.includes('TABLE')) return { kind: 'table' }
  return { kind: 'none', because: 'log_output is NONE', toProceed: "Run: SET GLOBAL log_output = 'FILE'" }
}

async function filePlace(
  variables: Readonly<Record<string, string>>,
  options: Pick<MysqlOptions, 'slowLogFile'>,
  address: Pick<TargetAddress, 'host' | 'socketPath'>,
): Promise<SlowLogPlace> {
  const stated = variables['slow_query_log_file'] ?? ''
  const path =
    options.slowLogFile ?? (isAbsolute(stated) ? stated : join(variables['datadir'] ?? '/', stated))
  if (options.slowLogFile === null && !isLocal(address)) {
    return {
      kind: 'none',
      because: 'the slow log is a file on the target’s machine, which is not this one',
      toProceed:
        'Make the file readable here and name it in the option `slowLogFile`, or set log_output to TABLE.',
    }
  }
  try {
    await access(path, constants.R_OK)
    return { kind: 'file', path }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    const because = `the slow log ${path} cannot be read by this process (${code})`
    return {
      kind: 'none',
      because,
      toProceed: `Let this process read it, e.g.: setfacl -m u:dbmedic:r ${path}`,
    }
  }
}

/** Whether the target is reached over loopback or a socket file, so that its paths are paths of this machine. */
function isLocal(address: Pick<TargetAddress, 'host' | 'socketPath'>): boolean {
  return address.socketPath !== null || ['127.0.0.1', '::1', 'localhost'].includes(address.host)
}
