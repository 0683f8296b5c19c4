/** Listens, says where, prints the link of first set-up, and stops when what is running has ended. */
import type { Installation } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import { errorFields } from '../core/log.ts'
import { buildServer } from './build-server.ts'
import type { PanelConfig } from './context.ts'
import { digestOf, newSecret } from './secrets.ts'

/** The link of first set-up holds this long, seconds. */
const SETUP_SECONDS = 3_600
/** What has had its time is removed this often, ms, and so many rows at once. */
const PRUNE_MS = 3_600_000
const PRUNE_MOST = 1_000

/** A listening server. */
export interface RunningServer {
  /** Where people reach it: http://127.0.0.1:8642 */
  readonly address: string
  /** The one-time link of first set-up; null: somebody has a password already. */
  readonly setUpLink: string | null
  /** Takes no more requests, ends streams, and waits for what is running. */
  close(): Promise<void>
}

/** Serves the API of an installation with the role serve. @throws DbmedicError DBM_LISTEN, DBM_USAGE */
export async function startServer(installation: Installation, panel: PanelConfig): Promise<RunningServer> {
  const app = await buildServer(installation, panel)
  const at = panel.listen.lastIndexOf(':')
  const host = panel.listen.slice(0, at).replace(/^\[|\]$/g, '')
  let bound: string
  try {
    bound = await app.listen({ host, port: Number(panel.listen.slice(at + 1)) })
  } catch (error) {
    await app.close()
    const reason = (error as NodeJS.ErrnoException).code ?? 'it cannot be used'
    throw new DbmedicError('DBM_LISTEN', { address: panel.listen, reason }, error)
  }
  const address = panel.publicUrl?.replace(/\/$/, '') ?? bound
  const { log } = installation
  log({ level: 'info', stage: 'serve', message: 'serving', address })
  const pruning = setInterval(() => {
    installation.store.signIn
      ?.prune(PRUNE_MOST)
      .catch((error) => log({ level: 'warn', stage: 'serve', ...errorFields(error) }))
  }, PRUNE_MS)
  pruning.unref()
  return {
    address,
    setUpLink: await setUpLink(installation, address),
    close: async () => {
      clearInterval(pruning)
      await app.close()
    },
  }
}

/** The secret is behind the #, so that it reaches no log of a server or proxy. */
async function setUpLink({ store }: Installation, address: string): Promise<string | null> {
  if (store.signIn === null || (await store.signIn.isSetUp())) return null
  const secret = newSecret()
  const linkDigest = digestOf(secret)
  await store.signIn.addLink({ linkDigest, userName: null, by: null, lifetimeSeconds: SETUP_SECONDS })
  return `${address}/setup#${secret}`
}
