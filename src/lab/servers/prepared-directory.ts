/** A data directory loaded with data once and copied for every server that wants it, e.g. the demo's shop. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cachedFolder, cacheRoot, dropUnused } from './cache.ts'
import { copyDataDirectory } from './data-directory.ts'
import { requireServer, type ServerFlavour } from './find-servers.ts'
import { type PrivateServer, type ServerOptions, startServer } from './private-server.ts'

/** What to prepare. */
export interface PreparedData {
  readonly flavour: ServerFlavour
  /** Everything the content depends on, e.g. the SQL text and row counts: another text, another directory. */
  readonly contents: string
  /** Short name for the folder: letters, digits and dashes. */
  readonly name: string
  /** How the server that loads is started. */
  readonly options?: ServerOptions
  /** Others who want the same directory wait this long for it; default 300,000 ms. */
  readonly waitMs?: number
  /** Loads the data over `server.rootUri` and closes its connections. */
  load(server: PrivateServer): Promise<void>
}

const WAIT_MS = 300_000

/**
 * The path of a data directory that holds what `load` loaded, for `ServerOptions.dataFrom`. Loaded on first
 * use on this machine, then kept in the cache until unused for two weeks. Throws what starting or `load` throws.
 */
export async function preparedDirectory(data: PreparedData): Promise<string> {
  const { version } = data.options?.binary ?? (await requireServer(data.flavour))
  const digest = createHash('sha256').update(JSON.stringify([data.contents, data.options?.settings ?? {}]))
  const name = `${data.flavour}-${version}-${data.name}-${digest.digest('hex').slice(0, 16)}`
  const parent = join(cacheRoot(), 'prepared')
  const folder = await cachedFolder(join(parent, name), data.waitMs ?? WAIT_MS, async (partial) => {
    await dropUnused(parent)
    const server = await startServer(data.flavour, data.options)
    try {
      await data.load(server)
      await server.shutDown()
      await copyDataDirectory(server.dataDir, join(partial, 'data'))
    } finally {
      await server.stop()
    }
  })
  return join(folder, 'data')
}
