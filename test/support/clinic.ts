/**
 * A shop on a private server under the care of `dbmedic start`, and people at the command line: an installation as a
 * user has it, with short windows.
 */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import { type DecisionStory, loadConfig, type Story } from '../../src/app/index.ts'
import { canonicalJson, type Json } from '../../src/core/canonical.ts'
import { fromMs, toMs } from '../../src/core/time.ts'
import { makeAccounts, type TargetAccounts } from '../../src/lab/pieces/accounts.ts'
import { shopDirectory } from '../../src/lab/pieces/shop.ts'
import { type PrivateServer, type ServerFlavour, startServer } from '../../src/lab/servers/index.ts'
import { recordWish } from '../../src/pipeline/manual-requests.ts'
import { openStore } from '../../src/store/index.ts'
import { sha256 } from './pipeline-rows.ts'
import { cliFolder, type Ran } from './run-cli.ts'

/** What a decision and its issue are called at the command line. */
export interface Asked {
  readonly decisionId: number
  readonly issueId: number
}

const PASSPHRASE = 'a few unrelated words'
const PEOPLE = ['ana', 'ben', 'cleo']
/** Longest wait for one thing to happen, ms. */
const PATIENCE_MS = 60_000
const LOOK_EVERY_MS = 200

/** One installation. */
export class Clinic {
  readonly cli = cliFolder()
  server: PrivateServer
  accounts: TargetAccounts
  /** Log lines of every `start` so far. */
  readonly log: Record<string, unknown>[] = []
  #loop: ChildProcess | null = null

  private constructor(server: PrivateServer, accounts: TargetAccounts) {
    this.server = server
    this.accounts = accounts
  }

  /** Server, accounts, configuration and three people; the loop is not started. */
  static async open(flavour: ServerFlavour): Promise<Clinic> {
    const { server, accounts } = await newShop(flavour)
    const clinic = new Clinic(server, accounts)
    clinic.configure()
    for (const name of PEOPLE) {
      const more = name === 'ana' ? [] : ['--as', 'ana']
      clinic.did(await clinic.as('', 'users', 'add', name, ...more))
    }
    return clinic
  }

  /** Another server takes the first one's place at the target's address. */
  async replaceServer(): Promise<void> {
    const { flavour } = this.server
    await this.server.stop()
    const { server, accounts } = await newShop(flavour)
    this.server = server
    this.accounts = accounts
    this.configure()
  }

  /** Writes the configuration for the present server; who is pinned stays. */
  configure(): void {
    const file = this.cli.path('dbmedic.yaml')
    const pinned = existsSync(file) ? loadConfig(file).access : { administrators: [] }
    this.cli.write(
      'dbmedic.yaml',
      JSON.stringify({
        keyring: './keys',
        access: pinned,
        targets: [
          {
            name: 'shop',
            engine: 'mysql',
            host: this.server.host,
            port: this.server.port,
            tls: 'disable',
            ...Object.fromEntries(
              (['monitor', 'planner', 'executor'] as const).map((role) => [
                role,
                { user: this.accounts[role].user, password: `env:SHOP_${role.toUpperCase()}` },
              ]),
            ),
            options: { cores: 64, budgetPercent: 10, budgetMsPerSecond: 100, ownAccounts: 'dbm_exec' },
          },
        ],
        detection: { pace: 0.2, closing: { windows: 6 } },
        analysis: { currentSeconds: 15, baselineSeconds: 120 },
        verification: { beforeSeconds: 12, settleSeconds: 2, afterSeconds: 12, minimumCalls: 30 },
        actions: { backupAgeHours: 1, diskFreeBytes: 1e12 },
        runtime: { tickMs: 100 },
      }),
    )
  }

  /** `dbmedic start`, until the target was seen. */
  async start(): Promise<void> {
    assert.equal(this.#loop, null)
    const loop = this.cli.begin(['start'], this.environment())
    this.#loop = loop
    let rest = ''
    loop.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      this.log.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>))
    })
    await this.until('the target is seen', async () => {
      const [target] = (await this.json('targets')) as { instanceUid: string | null }[]
      return target?.instanceUid ?? null
    })
  }

  /** Ends it as Ctrl-C does. */
  async stopLoop(): Promise<void> {
    const loop = this.#loop
    this.#loop = null
    if (loop === null) return
    const ended = new Promise<number | null>((resolve) => loop.once('close', (code) => resolve(code)))
    loop.kill('SIGINT')
    assert.equal(await ended, 0)
  }

  /** A command by a person; `''`: nobody is named. */
  as(name: string, ...args: string[]): Promise<Ran> {
    return this.cli.call([...args, ...(name === '' ? [] : ['--as', name])], this.environment())
  }

  /** What a list or a story is as JSON. */
  async json(...args: string[]): Promise<unknown> {
    return JSON.parse(this.did(await this.as('', ...args, '--json')).out)
  }

  /** The story of an issue. */
  async story(issueId: number): Promise<Story> {
    return (await this.json('show', String(issueId))) as Story
  }

  /** That it ended well. */
  did(ran: Ran): Ran {
    assert.equal(ran.code, 0, `${ran.out}${ran.err}`)
    return ran
  }

  /** ana asks for an action; it is a decision then. */
  async request(action: string, params: unknown): Promise<Asked> {
    const given = ['--target', 'shop', '--params', JSON.stringify(params), '--reason', 'a test asks for it']
    const ran = this.did(await this.as('ana', 'request', action, ...given, '--wait', '120', '--json'))
    const asked = JSON.parse(ran.out) as Asked
    assert.ok(asked.decisionId > 0, ran.out)
    return asked
  }

  /** The next decision that waits with this action. */
  pending(action: string): Promise<Asked> {
    return this.until(`a decision for ${action}`, async () => {
      const { rows } = (await this.json('report', 'pending')) as { rows: Record<string, unknown>[] }
      const row = rows.find((r) => r['action_name'] === action)
      return row === undefined
        ? null
        : { decisionId: Number(row['decision_id']), issueId: Number(row['issue_id']) }
    })
  }

  /** Waits until the issue is in the state; gives its story. */
  reaches(issueId: number, state: string): Promise<Story> {
    return this.until(`issue ${issueId} to be ${state}`, async () => {
      const story = await this.story(issueId)
      return story.issue.issueStatus === state ? story : null
    })
  }

  /** Waits until the decision's run succeeded. */
  ran({ issueId, decisionId }: Asked): Promise<DecisionStory> {
    return this.until(`decision ${decisionId} to have run`, async () => {
      const found = (await this.story(issueId)).decisions.find((d) => d.decision.decisionId === decisionId)
      return found?.executions[0]?.execution.executionOutcome === 'SUCCESS' ? found : null
    })
  }

  /**
   * A request as `reason` makes it, but with a validity of seconds: nobody waits a day in a test. The plan is that
   * of an earlier decision for the same action.
   */
  async shortLived(earlier: Asked, seconds: number): Promise<Asked> {
    const former = (await this.story(earlier.issueId)).decisions[0]
    assert.ok(former !== undefined)
    const { decision, binding } = former
    this.did(
      await this.as(
        'ana',
        'request',
        binding.action.name,
        '--target',
        'shop',
        '--params',
        JSON.stringify(binding.parameters),
        '--reason',
        'soon over',
        '--wait',
        '0',
      ),
    )
    const store = await openStore({ path: this.cli.path('dbmedic.sqlite'), roles: ['reason'] })
    try {
      const port = store.reason
      const [request] = (await port?.claimRecoveryRequests({ owner: 'test', seconds: 60 }, 1)) ?? []
      const [target] = await store.read.targets()
      assert.ok(port !== null && request !== undefined && target !== undefined)
      const wish = await recordWish({
        port,
        request,
        target,
        category: 'LOCK_CONTENTION',
        sha256,
        version: 'test',
      })
      assert.ok('issueId' in wish)
      const expiresAt = fromMs(toMs(await store.read.now()) + seconds * 1000)
      const text = canonicalJson({ ...binding, evidenceDigest: sha256('[]'), expiresAt } as unknown as Json)
      const { decisionId: _d, issueId: _i, decisionStatus: _s, createdAt: _c, ...rest } = decision
      const made = {
        ...rest,
        analysisId: wish.analysisId,
        bindingText: text,
        planDigest: sha256(text),
        expiresAt,
      }
      const decisionId = await port.insertDecision(made)
      await port.finishRecoveryRequest(request.recoveryRequestId, 'made by a test', decisionId)
      return { decisionId, issueId: wish.issueId }
    } finally {
      await store.close()
    }
  }

  /** Looks until there is an answer. @throws after a minute, with the end of the log */
  async until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
    for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_EVERY_MS) {
      const found = await look()
      if (found !== null) return found
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    }
    throw new Error(
      `waited in vain for ${what}:\n${this.log
        .slice(-12)
        .map((l) => JSON.stringify(l))
        .join('\n')}`,
    )
  }

  /** Rows of a statement, as root. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await mysql.createConnection({ uri: this.server.rootUri })
    try {
      const [rows] = await connection.query(sql)
      return Array.isArray(rows) ? (rows as RowDataPacket[]) : []
    } finally {
      connection.destroy()
    }
  }

  /** One global variable, as root. */
  async variable(name: string): Promise<number> {
    return Number((await this.rows(`SELECT @@GLOBAL.${name} AS v`))[0]?.['v'])
  }

  async close(): Promise<void> {
    await this.stopLoop().catch(() => undefined)
    await this.server.stop()
    this.cli.remove()
  }

  private environment(): NodeJS.ProcessEnv {
    const { monitor, planner, executor } = this.accounts
    return {
      SHOP_MONITOR: monitor.password,
      SHOP_PLANNER: planner.password,
      SHOP_EXECUTOR: executor.password,
      DBMEDIC_PASSPHRASE: PASSPHRASE,
      DBMEDIC_ADMIN_PASSPHRASE: PASSPHRASE,
    }
  }
}

/** The shop with least-privilege accounts; the executor may also set global variables. */
async function newShop(flavour: ServerFlavour): Promise<{ server: PrivateServer; accounts: TargetAccounts }> {
  const server = await startServer(flavour, { dataFrom: await shopDirectory(flavour) })
  const accounts = await makeAccounts(server, 'shop', { tables: true })
  const root = await mysql.createConnection({ uri: server.rootUri })
  const right = flavour === 'mariadb' ? 'SUPER' : 'SYSTEM_VARIABLES_ADMIN'
  await root.query(`GRANT ${right} ON *.* TO 'dbm_exec'@'%'`)
  root.destroy()
  return { server, accounts }
}
