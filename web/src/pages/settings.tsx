/** Who may what, and what dbmedic may. The part shown stands in the address. */
import './around.css'
import { Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { shownWorkspace } from '../api/workspace.ts'
import { Page } from '../parts/page.tsx'
import { useRights } from '../session/rights.ts'
import { AccountPart } from './settings/account-part.tsx'
import { PeoplePart } from './settings/people-part.tsx'
import { PoliciesPart, RetentionPart } from './settings/policies-part.tsx'
import { StandingPart } from './settings/standing-part.tsx'
import { StopsPart } from './settings/stops-part.tsx'
import { SuppressionsPart } from './settings/suppressions-part.tsx'
import { WindowsPart } from './settings/windows-part.tsx'

const route = getRouteApi('/inside/settings')

interface Tab {
  readonly value: string
  readonly label: string
  readonly part: ReactNode
}

const OWN: Tab = { value: 'account', label: 'Your account', part: <AccountPart /> }
const PEOPLE: Tab = { value: 'people', label: 'People', part: <PeoplePart /> }
const OTHERS: readonly Tab[] = [
  { value: 'stops', label: 'Stop switches', part: <StopsPart /> },
  { value: 'suppressions', label: 'Suppressions', part: <SuppressionsPart /> },
  { value: 'standing', label: 'Standing approvals', part: <StandingPart /> },
  { value: 'windows', label: 'Change windows', part: <WindowsPart /> },
  { value: 'policies', label: 'Policies', part: <PoliciesPart /> },
  { value: 'retention', label: 'Retention', part: <RetentionPart /> },
]

/** The page. */
export function SettingsPage() {
  const { part } = route.useSearch()
  const navigate = route.useNavigate()
  const { may } = useRights()
  const others = shownWorkspace() === null ? [] : OTHERS
  const tabs = [OWN, ...(may('audit') ? [PEOPLE] : []), ...others]
  const shown = tabs.find((tab) => tab.value === part)?.value ?? OWN.value
  const show = (value: string | null): void =>
    void navigate({ search: value === null || value === OWN.value ? {} : { part: value }, replace: true })
  return (
    <Page title="Settings" about="Who may what, and what dbmedic may.">
      <Tabs value={shown} onChange={show} keepMounted={false}>
        <Tabs.List mb="md">
          {tabs.map(({ value, label }) => (
            <Tabs.Tab key={value} value={value}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, part: content }) => (
          <Tabs.Panel key={value} value={value}>
            {content}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}
