/**
 * Many approved decisions in one store: each creates an index on a table of its own and has a target row of its
 * own (all of them the one server), so that no run waits for another and each can be disturbed at its own point.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Config,
  configSchema,
  createExecutor,
  mirrorCatalogue,
  openInstallation,
} from '../../src/app/index.ts'
import type { Decision, Execution, Issue } from '../../src/core/nouns.ts'
import { ROLES } from '../../src/core/vocabulary.ts'
import { configFor, decide, newShopTable, statementOf, type Target, timesReceived } from './consented-run.ts'
import { type FullStore, full, newPerson, newVote, signerOf, type World } from './pipeline-rows.ts'
import type { ServerStore } from './server-store.ts'

/** One decision, ready to run. */
export interface ReadyRun {
  readonly name: string
  readonly table: string
  readonly decision: Decision
  /** The statement the plan sends. */
  readonly statement: string
}

/** The store they are in. */
export interface ReadyRuns {
  readonly config: Config
  readonly configFile: string
  readonly store: FullStore
  readonly runs: ReadonlyMap<string, ReadyRun>
  stop(): Promise<void>
}

/** What is prepared. */
export interface Prepare {
  /** A name for each run: letters, digits, dashes. */
  readonly names: readonly string[]
  /** Default: an SQLite file. */
  readonly store?: ServerStore
  readonly leaseSeconds?: number
  /** Rows of the table of each run. */
  readonly rowsOf?: (name: string) => number
}

/** Makes the store and takes one decision for each name to its approval. */
export async function consentAll(target: Target, prepare: Prepare): Promise<ReadyRuns> {
  const home = await mkdtemp(join(tmpdir(), 'dbmedic-consents-'))
  const plain = configFor(target, home, prepare.names)
  // A key of this process's own: unlocking a person's takes a third of a second each time, on purpose.
  const anna = newPerson('anna')
  const config = configSchema.parse({
    ...plain,
    ...prepare.store,
    access: { administrators: [anna.keyId] },
    // A statement that a test holds up must not give up before the test lets it go.
    actions: { ...plain.actions, lockWaitMs: 30_000 },
    runtime: { leaseSeconds: prepare.leaseSeconds ?? plain.runtime.leaseSeconds },
  })
  const installation = await openInstallation(config, () => undefined, ROLES)
  const store = full(installation.store)
  await mirrorCatalogue(installation)
  const { userName, keyId, publicKey } = anna
  const rights = { personOf: null, mayApprove: true, mayAdminister: true }
  await store.serve.addUser({
    userName,
    displayName: 'Anna',
    ...rights,
    keyId,
    publicKey,
    signer: signerOf(anna),
  })
  const runs = new Map<string, ReadyRun>()
  for (const name of prepare.names) {
    const table = await newShopTable(target, prepare.rowsOf?.(name) ?? 500)
    const given = {
      table: { schema: 'shop', table },
      columns: [{ column: 'placed', prefix: null, direction: 'ASC' }],
    }
    const wanted = { action: 'mysql/create-index', given }
    const decision = await decide(target, { store, config, wanted, targetName: name })
    const vote = await newVote({ store } as World, decision, anna, { expiresAt: decision.expiresAt })
    await store.serve.insertApproval(vote)
    runs.set(name, { name, table, decision, statement: statementOf(decision) })
  }
  const configFile = join(home, 'config.json')
  await writeFile(configFile, JSON.stringify(config))
  const stop = async (): Promise<void> => {
    await store.close()
    await rm(home, { recursive: true, force: true })
  }
  return { config, configFile, store, runs, stop }
}

/** How a run ended, as any person sees it, and how often the server got its statement. */
export interface Ending {
  readonly run: Execution | null
  readonly issue: Issue['issueStatus']
  readonly received: number
}

/** Looks at the end of a run. */
export async function endingOf(of: ReadyRuns, name: string, target: Target): Promise<Ending> {
  const ready = of.runs.get(name)
  if (ready === undefined) throw new RangeError(`no run is called ${name}`)
  const { decisionId, issueId } = ready.decision
  const found = await of.store.read.executions({ decisionId, limit: 10 })
  const issue = await of.store.read.issue(issueId)
  if (found.length > 1 || issue === null) throw new Error(`${found.length} rows for one approval`)
  const received = await timesReceived(target, ready.statement)
  return { run: found[0] ?? null, issue: issue.issueStatus, received }
}

/** A second executor works, until every run that began has ended; bounded. It runs nothing by itself. */
export async function recoverAll(of: Pick<ReadyRuns, 'config' | 'store'>, longestMs = 90_000): Promise<void> {
  const config = { ...of.config, runtime: { ...of.config.runtime, runApproved: false } }
  const lease = { owner: 'second', seconds: of.config.runtime.leaseSeconds }
  const executor = createExecutor({ config, port: of.store.act, lease, log: () => undefined })
  for (const until = Date.now() + longestMs; ; ) {
    await executor.turn()
    const runs = await of.store.read.executions({ limit: 1000 })
    if (!runs.some((run) => run.executionStatus === 'IN_PROGRESS')) return
    if (Date.now() > until) throw new Error('runs are still in progress')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
