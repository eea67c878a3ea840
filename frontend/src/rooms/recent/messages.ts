export default {
  'zh-CN': {
    recent: {
      title: '最近的结论',
      lead: '只记在这台设备上。标“可离线看”的，没有网络也能打开。',
      none: '这台设备上还没有看过结论。',
      offline: '可离线看',
      online: '需要网络',
      watch: '有变化时告诉我',
      forget: '从这台设备上去掉',
      unnamed: '未命名项目',
      decisions: { prohibited: '禁止准入', restricted: '限制准入', allowed: '允许准入', undetermined: '尚不能判定' },
    },
  },
  en: {
    recent: {
      title: 'Recent findings',
      lead: 'Kept on this device only. Those marked “offline” open without a network.',
      none: 'No finding was opened on this device yet.',
      offline: 'offline',
      online: 'needs the network',
      watch: 'Tell me when something changes',
      forget: 'Remove from this device',
      unnamed: 'Unnamed project',
      decisions: { prohibited: 'Prohibited', restricted: 'Restricted', allowed: 'Allowed', undetermined: 'Undetermined' },
    },
  },
}
