export default {
  'zh-CN': {
    inbox: {
      title: '收件箱', lead: '您关注的结论之后有变化时，这里有一条通知；服务器设了邮件的，另发一封。', all: '全部标为已读', read: '标为已读', none: '没有通知', unread: '未读', over: '已恢复原状',
      watches: '关注的结论', nothing: '没有关注的结论：在结论页点“关注变化”。', changed: '有变化', same: '没有变化', stop: '取消关注', add: '关注一份结论', id: '结论编号', watch: '关注变化', mail: '同时发邮件', more: '再看一些',
      hooks: '推送地址', hooksLead: '登记的系统会收到签名的事件（HMAC-SHA256）；送不到的再试约两天。', name: '用途', url: '地址（https）', events: '事件', register: '登记', secret: '签名密钥只显示这一次，请存好：', renew: '换密钥', removeHook: '删去',
      on: '启用', off: '停用', log: '推送记录', again: '再送', empty: '没有推送地址', event: '事件', subject: '对象', state: '状态', tries: '次数', last: '最近一次', sure: '确定删去这个推送地址？',
    },
  },
  en: {
    inbox: {
      title: 'Inbox', lead: 'A notice for every change under a finding that you watch; and a mail, where the server can send one.', all: 'Mark all as read', read: 'Mark as read', none: 'No notices', unread: 'unread', over: 'as it was again',
      watches: 'Findings you watch', nothing: 'You watch no finding yet.', changed: 'has changed', same: 'unchanged', stop: 'Stop watching', add: 'Watch a finding', id: 'Id of the finding', watch: 'Watch', mail: 'By mail too', more: 'More',
      hooks: 'Webhooks', hooksLead: 'A registered system is sent signed events (HMAC-SHA256); what does not get through is tried again for about two days.', name: 'Purpose', url: 'Address (https)', events: 'Events', register: 'Register', secret: 'The secret is shown this once; keep it:', renew: 'New secret', removeHook: 'Remove',
      on: 'Turn on', off: 'Turn off', log: 'Deliveries', again: 'Send again', empty: 'No webhooks', event: 'Event', subject: 'Subject', state: 'State', tries: 'Tries', last: 'Last try', sure: 'Remove this webhook?',
    },
  },
}
