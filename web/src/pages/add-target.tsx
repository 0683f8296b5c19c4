/**
 * How a target is added. Passwords of targets never come to this server, so a target is a piece of dbmedic.yaml on the
 * machine that watches it: the form writes the piece, and says what to do with it.
 */
import { Checkbox, NativeSelect, NumberInput, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Copyable } from '../parts/copyable.tsx'
import { Part } from '../parts/page.tsx'
import { type NewTarget, startingGrants, targetYaml } from './target-yaml.ts'

const FIRST: NewTarget = {
  name: 'shop',
  host: 'db.example.org',
  port: 3306,
  tls: 'verify-full',
  environment: 'production',
  planner: true,
  executor: true,
}

/** The part. `open`: it is not folded away. */
export function AddTarget({ open }: { readonly open: boolean }) {
  return (
    <Part title="Add a target">
      <details className="more" open={open}>
        <summary>Write the lines for dbmedic.yaml</summary>
        <Steps />
      </details>
    </Part>
  )
}

function Steps() {
  const [target, setTarget] = useState(FIRST)
  const change = (part: Partial<NewTarget>): void => setTarget((old) => ({ ...old, ...part }))
  return (
    <>
      <Text size="sm" mt="xs" mb="sm">
        Nothing is added from here: the passwords of your servers stay on the machine that watches them, and
        this page never asks for one. It writes the lines, you put them into the file.
      </Text>
      <Fields target={target} change={change} />
      <ol className="steps add-steps">
        <li>
          <Text size="sm">
            Under <code>targets:</code> in dbmedic.yaml. Each password is named by where it is, never written
            there:
          </Text>
          <Copyable text={targetYaml(target)} label="Lines for dbmedic.yaml" />
        </li>
        <li>
          <Text size="sm">
            On the server, as an account that may grant. <code>HOST</code> is the machine dbmedic runs on,{' '}
            <code>SHOP</code> a schema of yours, one line each:
          </Text>
          <Copyable text={startingGrants(target)} label="Accounts and first grants" />
        </li>
        <li>
          <Text size="sm">
            What is still missing, with the exact GRANT for this server’s version, for the executor’s account
            too:
          </Text>
          <Copyable text={`dbmedic check ${target.name}`} label="Check the target" />
        </li>
        <li>
          <Text size="sm">The file is read at the start:</Text>
          <Copyable text="dbmedic start" label="Start dbmedic" />
        </li>
      </ol>
    </>
  )
}

function Fields({
  target,
  change,
}: {
  readonly target: NewTarget
  readonly change: (part: Partial<NewTarget>) => void
}) {
  const nameIsRight = /^[a-z0-9][a-z0-9._-]{0,62}$/i.test(target.name)
  return (
    <>
      <div className="form-grid">
        <TextInput
          label="Name"
          value={target.name}
          maxLength={63}
          error={nameIsRight ? undefined : 'letters, digits, dot, dash and underscore'}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <TextInput
          label="Host"
          value={target.host}
          maxLength={253}
          onChange={(event) => change({ host: event.currentTarget.value.replace(/[^\w.:-]/g, '') })}
        />
        <NumberInput
          label="Port"
          min={1}
          max={65_535}
          allowDecimal={false}
          value={target.port}
          onChange={(value) => change({ port: Number(value) || 3306 })}
        />
        <NativeSelect
          label="TLS"
          data={['verify-full', 'verify-ca', 'require', 'disable']}
          value={target.tls}
          onChange={(event) => change({ tls: event.currentTarget.value })}
        />
        <NativeSelect
          label="What it is for"
          data={['production', 'staging']}
          value={target.environment}
          onChange={(event) => change({ environment: event.currentTarget.value })}
        />
      </div>
      <Checkbox
        mt="sm"
        label="An account that may EXPLAIN: without it plans are unknown"
        checked={target.planner}
        onChange={(event) => change({ planner: event.currentTarget.checked })}
      />
      <Checkbox
        mt="xs"
        mb="sm"
        label="An account that runs what is approved: without it nothing is ever run"
        checked={target.executor}
        onChange={(event) => change({ executor: event.currentTarget.checked })}
      />
    </>
  )
}
