/** What the lab needs of a server: a private one, or one of the user's on which only a part is ours. */
import type { SslOptions } from 'mysql2/promise'
import type { PrivateServer } from '../servers/index.ts'
import { makeAccounts, type TargetAccounts } from './accounts.ts'

/** A server a scenario plays on. */
export interface LabServer
  extends Pick<PrivateServer, 'flavour' | 'version' | 'port' | 'rootUri' | 'restart' | 'stepClock'> {
  readonly host: string
  /** Where its files are, if this machine may look at them. */
  readonly dataDir: string | null
  /** Takes away what is ours: the server itself, or what was made on it. Safe to call twice. */
  stop(): Promise<void>
}

/** A place on a server: a schema of its own with the shop in it. */
export interface LabPlace {
  readonly server: LabServer
  /** Letters and digits only: it stands in statements and grants as it is. */
  readonly schema: string
  readonly tls: 'disable' | 'require' | 'verify-ca' | 'verify-full'
  readonly caFile: string | null
  readonly certFile: string | null
  readonly keyFile: string | null
  /** How clients speak TLS to it; null: not at all. */
  readonly ssl: SslOptions | null
  /** Makes the accounts of this run. */
  accounts(options: { readonly tables: boolean }): Promise<TargetAccounts>
}

/** The whole of a private server. */
export const privatePlace = (server: PrivateServer): LabPlace => ({
  server,
  schema: 'shop',
  tls: 'disable',
  caFile: null,
  certFile: null,
  keyFile: null,
  ssl: null,
  accounts: (options) => makeAccounts(server, 'shop', options),
})
