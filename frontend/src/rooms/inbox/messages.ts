export default {
  'zh-CN': {
    inbox: {
      title: '收件箱', lead: '您关注的结论之后有变化时，这里有一条通知；服务器设了邮件的，另发一封。', all: '全部标为已读', read: '标为已读', none: '没有通知', noneUnread: '没有未读的通知', unread: '未读', every: '全部', onlyUnread: '未读 {n}', over: '已恢复原状',
      differs: { decision: '准入结论有变', outcome: '办理要求有变', none: '结论不变' },
      watches: '关注的结论', nothing: '没有关注的结论：在结论页点“有变化时告诉我”。', changed: '有变化', same: '没有变化', withMail: '另发邮件', withoutMail: '不发邮件', stop: '取消关注', add: '关注一份结论', id: '结论编号或地址', watch: '关注变化', mail: '同时发邮件', more: '再看一些',
      hooks: '推送地址', hooksLead: '登记的系统会收到签名的事件（HMAC-SHA256）；送不到的再试约两天，仍不成即放弃，可以重新推送。', name: '用途', url: '地址（https）', events: '事件', everything: '全部事件', register: '登记', registerTitle: '登记一个推送地址', secret: '“{name}”的签名密钥，只显示这一次，请现在存好：', kept: '已存好', renew: '换密钥', removeHook: '删去',
      on: '启用', off: '停用', isOff: '已停用', log: '推送记录', again: '再送', againAll: '再送全部已放弃的', empty: '没有推送地址', noDeliveries: '没有推送', event: '事件', subject: '对象', state: '状态', tried: '试了 {n} 次：', nextTry: '下次 {at}', taken: '没有回应', last: '最近一次', sure: '确定删去“{name}”？它的推送记录一并删去。', sureRenew: '给“{name}”换密钥？原密钥随即不再签名。',
    },
  },
  en: {
    inbox: {
      title: 'Inbox', lead: 'A notice for every change under a finding that you watch; and a mail, where the server can send one.', all: 'Mark all as read', read: 'Mark as read', none: 'No notices', noneUnread: 'No unread notices', unread: 'Unread', every: 'All', onlyUnread: '{n} unread', over: 'as it was again',
      differs: { decision: 'access changes', outcome: 'requirements change', none: 'same outcome' },
      watches: 'Findings you watch', nothing: 'You watch no finding yet: press “Tell me when something changes” on its page.', changed: 'has changed', same: 'unchanged', withMail: 'by mail too', withoutMail: 'no mail', stop: 'Stop watching', add: 'Watch a finding', id: 'Id or address of the finding', watch: 'Watch', mail: 'By mail too', more: 'More',
      hooks: 'Webhooks', hooksLead: 'A registered system is sent signed events (HMAC-SHA256); what does not get through is tried again for about two days, then given up, and can be sent again.', name: 'Purpose', url: 'Address (https)', events: 'Events', everything: 'all events', register: 'Register', registerTitle: 'Register a webhook', secret: 'The secret of “{name}” is shown this once; keep it now:', kept: 'I have kept it', renew: 'New secret', removeHook: 'Remove',
      on: 'Turn on', off: 'Turn off', isOff: 'off', log: 'Deliveries', again: 'Send again', againAll: 'Send all given up again', empty: 'No webhooks', noDeliveries: 'No deliveries', event: 'Event', subject: 'Subject', state: 'State', tried: '{n} tries:', nextTry: 'next try {at}', taken: 'no answer', last: 'Last try', sure: 'Remove “{name}”? Its deliveries are removed with it.', sureRenew: 'A new secret for “{name}”? The old one signs nothing more.',
    },
  },
}
