/**
 * Runs the same claims on MariaDB and on MySQL. MariaDB is required: without it the tests fail. MySQL is used
 * where it can be had; otherwise its tests are skipped with the reason, which the test command counts.
 */
import { after, before, describe } from 'node:test'
import {
  findServers,
  isAvailable,
  type PrivateServer,
  SERVER_FLAVOURS,
  type ServerFlavour,
  type ServerOptions,
  startServer,
} from '../../src/lab/servers/index.ts'

const inventory = await findServers()

/** What a suite gets: the flavour, and the server once its tests run. */
export interface ServerContext {
  readonly flavour: ServerFlavour
  /** The suite's own server, one for all its tests. Throws outside of tests and hooks. */
  server(): PrivateServer
}

/** Describes `title` once for each flavour, each with a private server started before its tests and stopped after. */
export function onEachServer(
  title: string,
  body: (context: ServerContext) => void,
  options: ServerOptions = {},
): void {
  for (const flavour of SERVER_FLAVOURS) onServer(flavour, title, body, options)
}

/** As `onEachServer`, for one flavour only. */
export function onServer(
  flavour: ServerFlavour,
  title: string,
  body: (context: ServerContext) => void,
  options: ServerOptions = {},
): void {
  describe(`${title} [${flavour}]`, { skip: skipServer(flavour) }, () => {
    let server: PrivateServer | undefined
    before(async () => {
      server = await startServer(flavour, options)
    })
    after(() => server?.stop())
    body({
      flavour,
      server() {
        if (!server) throw new Error('the server is there only while tests and hooks run')
        return server
      },
    })
  })
}

/** For `{ skip: skipServer('mysql') }`: false when it can be started, else the reason; never skips MariaDB. */
export function skipServer(flavour: ServerFlavour): string | false {
  const found = inventory[flavour]
  if (isAvailable(found) || flavour === 'mariadb') return false
  return `MySQL: ${found.missing}`
}
