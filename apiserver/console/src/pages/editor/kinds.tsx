import {
  ApiOutlined, BranchesOutlined, ClockCircleOutlined, CloudServerOutlined, CodeOutlined, ConsoleSqlOutlined, DatabaseOutlined, DeploymentUnitOutlined,
  FieldTimeOutlined, ForkOutlined, FunctionOutlined, HourglassOutlined, NodeIndexOutlined, PartitionOutlined, PythonOutlined, SwapOutlined, ThunderboltOutlined,
} from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { listKinds, type Kind, type KindGroup, type Texts } from '../../api/workflows'

export const groupOrder: KindGroup[] = ['SCRIPT', 'DATA', 'BIGDATA', 'NETWORK', 'LOGIC']

// The colours of groups: a line on the node, a ground behind its sign. Both
// have a contrast of 3 and more where they carry meaning.
const colours: Record<KindGroup, { light: string; dark: string }> = {
  SCRIPT: { light: '#0b7285', dark: '#3bc9db' },
  DATA: { light: '#1864ab', dark: '#74b8f5' },
  BIGDATA: { light: '#6741a8', dark: '#b899f0' },
  NETWORK: { light: '#a04b00', dark: '#f5a35c' },
  LOGIC: { light: '#9c2f6b', dark: '#ee8fc2' },
}

export function groupColour(group: KindGroup | undefined, dark: boolean): string {
  const c = colours[group ?? 'SCRIPT'] ?? colours.SCRIPT
  return dark ? c.dark : c.light
}

const icons: Record<string, ReactNode> = {
  SHELL: <CodeOutlined />, PYTHON: <PythonOutlined />, HTTP: <ApiOutlined />, NOOP: <HourglassOutlined />, SQL: <ConsoleSqlOutlined />,
  PROCEDURE: <FunctionOutlined />, SPARK: <ThunderboltOutlined />, FLINK: <FieldTimeOutlined />, MR: <DeploymentUnitOutlined />, DATAX: <SwapOutlined />,
  SQOOP: <CloudServerOutlined />, SUB_WORKFLOW: <PartitionOutlined />, DEPENDENT: <ClockCircleOutlined />, CONDITIONS: <BranchesOutlined />, SWITCH: <ForkOutlined />,
}
const groupIcons: Record<KindGroup, ReactNode> = {
  SCRIPT: <CodeOutlined />, DATA: <DatabaseOutlined />, BIGDATA: <ThunderboltOutlined />, NETWORK: <ApiOutlined />, LOGIC: <NodeIndexOutlined />,
}

export function kindIcon(id: string, group?: KindGroup): ReactNode {
  return icons[id] ?? groupIcons[group ?? 'SCRIPT']
}

// useKinds asks what kinds of tasks there are; they never change while the
// server runs.
export function useKinds() {
  return useQuery({ queryKey: ['kinds'], queryFn: listKinds, staleTime: 3_600_000 })
}

// Kinds gives the kinds by their names to everything below.
export const Kinds = createContext<ReadonlyMap<string, Kind>>(new Map())

export function useKind(id: string): Kind | undefined {
  return useContext(Kinds).get(id)
}

// useSaid picks the text of the language that is shown.
export function useSaid() {
  const { i18n } = useTranslation()
  return (texts: Texts | undefined, otherwise = '') => (texts ? texts[i18n.language === 'zh' ? 'zh' : 'en'] || texts.en : otherwise)
}
