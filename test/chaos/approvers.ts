/**
 * Scripted people with keys of their own, who approve, decline, take back, leave lying and settle at random. They use
 * the store through its door: what fails meanwhile they try again later, as people do.
 */
import type { Identified } from '../../src/app/index.ts'
import { vote } from '../../src/app/index.ts'
import type { Decision } from '../../src/core/nouns.ts'
import type { ServePort } from '../../src/core/store-ports.ts'
import { approve } from '../../src/lab/run/robot-approver.ts'
import type { House } from './house.ts'

const LOOK_EVERY_MS = 400
/** Decisions looked at in a round. */
const MOST = 20

/** What the people did, and what they were refused or could not say. */
export interface PeopleTally {
  approved: number
  firstVoteOnly: number
  declined: number
  cancelled: number
  revoked: number
  askedOther: number
  closed: number
  settled: number
  left: number
  refused: number
  storeAway: number
}

/** Runs the people until stopped. */
export class Approvers {
  readonly tally: PeopleTally = {
    approved: 0,
    firstVoteOnly: 0,
    declined: 0,
    cancelled: 0,
    revoked: 0,
    askedOther: 0,
    closed: 0,
    settled: 0,
    left: 0,
    refused: 0,
    storeAway: 0,
  }
  readonly #house: House
  readonly #random: () => number
  readonly #port: ServePort
  /** Decisions somebody has made up their mind about, to leave them alone. */
  readonly #leftAlone = new Set<number>()
  #stopped = false
  readonly #ended: Promise<void>

  /** Starts at once. */
  constructor(house: House, random: () => number) {
    const { serve } = house.installation.store
    if (serve === null) throw new Error('there is no serve port')
    this.#house = house
    this.#random = random
    this.#port = serve
    this.#ended = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#ended
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#round().catch(() => {
        this.tally.storeAway += 1
      })
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS * (0.5 + this.#random())))
    }
  }

  async #round(): Promise<void> {
    const pending = await this.#port.read.decisions({ status: 'PENDING_APPROVAL', limit: MOST })
    for (const decision of pending) {
      if (this.#stopped) return
      if (!this.#leftAlone.has(decision.decisionId)) await this.#decide(decision)
    }
    for (const decision of await this.#port.read.decisions({ status: 'DECLINED', limit: MOST })) {
      if (!this.#leftAlone.has(decision.decisionId)) await this.#afterDecline(decision)
    }
    const verifying = await this.#port.read.issues({ states: ['VERIFYING'], limit: MOST })
    for (const issue of verifying) await this.#settle(issue.issueId)
  }

  /** HIGH with one vote is looked at again by others, or stays as it is. */
  async #decide(decision: Decision): Promise<void> {
    const [person, other] = this.#draw()
    const dice = this.#random()
    if (dice < 0.12) return this.#counted('declined', () => this.#ballot(decision, person, true))
    if (dice < 0.18)
      return this.#counted('cancelled', () => this.#end(decision, 'CANCELLED', person.userName))
    if (dice < 0.24) {
      this.#leftAlone.add(decision.decisionId)
      this.tally.left += 1
      return
    }
    if (decision.riskLevel === 'HIGH' && dice < 0.4) {
      this.#leftAlone.add(decision.decisionId)
      return this.#counted('firstVoteOnly', () => this.#ballot(decision, person, false))
    }
    await this.#counted('approved', () => approve(this.#house.installation, [person, other], decision))
    if (dice > 0.9) await this.#counted('revoked', () => this.#end(decision, 'REVOKED', other.userName))
  }

  async #afterDecline(decision: Decision): Promise<void> {
    const [person] = this.#draw()
    if (this.#random() < 0.5)
      await this.#counted('askedOther', () => this.#end(decision, 'ASK_OTHER', person.userName))
    else await this.#counted('closed', () => this.#end(decision, 'CLOSE', person.userName))
    this.#leftAlone.add(decision.decisionId)
  }

  /** What could not be measured is settled by a person’s word; a regression may start the undo. */
  async #settle(issueId: number): Promise<void> {
    const [decision] = await this.#port.read.decisions({ issueId, limit: 1 })
    if (decision === undefined) return
    const runs = await this.#port.read.executions({ decisionId: decision.decisionId, limit: 5 })
    const run = runs.find((each) => each.purpose === 'DO')
    if (run === undefined) return
    const [newest] = await this.#port.read.verifications(run.executionId)
    if (newest?.verdict !== 'undecided') return
    const [person] = this.#draw()
    const { verificationId: _id, verifiedAt: _at, ...measured } = newest
    const dice = this.#random()
    const verdict = dice < 0.4 ? 'regressed' : dice < 0.8 ? 'improved' : 'no_effect'
    await this.#counted('settled', async () => {
      await this.#port.settleVerification({
        ...measured,
        verdict,
        details: { because: 'chaos: a person’s word' },
        assessedBy: person.userName,
      })
      return null
    })
  }

  async #ballot(decision: Decision, person: Identified, decline: boolean): Promise<string | null> {
    const result = await vote(this.#house.config, this.#port, {
      decision,
      person,
      ballot: {
        decline,
        reason: decline ? 'INSUFFICIENT_EVIDENCE' : 'CONFIDENT',
        notes: 'chaos: scripted person',
        conditions: { undoPreconsented: false, windowStart: null },
      },
    })
    return 'refused' in result ? result.because : null
  }

  async #end(
    decision: Decision,
    ending: 'CANCELLED' | 'REVOKED' | 'ASK_OTHER' | 'CLOSE',
    by: string,
  ): Promise<string | null> {
    await this.#port.endDecision(decision.decisionId, ending, 'chaos: scripted person', by)
    return null
  }

  /** Counts what came of it. A refusal of the store (too late, already voted) is an answer, not a fault. */
  async #counted(what: keyof PeopleTally, act: () => Promise<string | null>): Promise<void> {
    try {
      if ((await act()) === null) this.tally[what] += 1
      else this.tally.refused += 1
    } catch (error) {
      const isAnswer = (error as { code?: unknown }).code === 'DBM_STORE_REFUSED'
      this.tally[isAnswer ? 'refused' : 'storeAway'] += 1
    }
  }

  #draw(): readonly [Identified, Identified] {
    const { people } = this.#house
    const first = Math.floor(this.#random() * people.length)
    const second = (first + 1 + Math.floor(this.#random() * (people.length - 1))) % people.length
    return [people[first] ?? people[0], people[second] ?? people[0]]
  }
}
