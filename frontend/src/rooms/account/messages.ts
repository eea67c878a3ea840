export default {
  'zh-CN': {
    account: {
      title: '我的账号', roles: '角色', none: '没有角色', within: '辖区 {area}', everywhere: '全部辖区',
      own: '口令和登录', kept: '管理', password: '换口令', second: '两步验证', mail: '邮箱', tokens: '接口令牌',
      sessions: '登录在哪里', sessionsLead: '不认得的就退出它，再换口令。', here: '这里', address: '网络地址', program: '浏览器', since: '登录于', seen: '最近使用',
      end: '退出', endAll: '退出别处的全部会话', ended: '已退出 {n} 个会话', only: '没有在别处登录。', unknown: '未知程序',
      people: '单位和人员', peopleLead: '只列本辖区的。给人授权、收回、停用，都记入审计；自己的角色由上级管理员办理。',
      organisations: '单位', staff: '人员', name: '账号', email: '邮箱（可以不写）', level: '层级', sort: '类别', area: '辖区代码', parent: '上级单位（可以不写）',
      organisation: '单位', organisationName: '名称', role: '角色', register: '登记单位', open: '开账号', openTitle: '开一个账号', registerTitle: '登记一个单位',
      shown: '一次性口令只显示这一次，请当面或用别的渠道交给本人，首次登录要换：', manage: '管理', close: '收起', give: '授予', take: '收回', renew: '给一次性口令', suspend: '停用', resume: '恢复',
      active: '在用', suspended: '已停用', last: '最近登录', never: '从未登录', demo: '演示', sureSuspend: '停用 {name}？打开的会话随即退出。', sureRenew: '给 {name} 一个新的一次性口令？原口令随即失效。', sureTake: '收回 {name} 的“{role}”？',
      byMail: '发邮件邀请本人设定口令（没有邮箱的，给一次性口令）', invite: '发邀请邮件', invited: '邀请已排队发往 {name} 的邮箱，链接 3 天内有效，只能用一次。',
      done: '已办', areaHint: '省两位、市四位、县六位，如 1401',
    },
  },
  en: {
    account: {
      title: 'My account', roles: 'Roles', none: 'No roles', within: 'area {area}', everywhere: 'every area',
      own: 'Password and logging in', kept: 'Kept by you', password: 'Change password', second: 'Second factor', mail: 'E-mail', tokens: 'API tokens',
      sessions: 'Where you are logged in', sessionsLead: 'Sign out what you do not recognise, then change your password.', here: 'here', address: 'Address', program: 'Browser', since: 'Logged in', seen: 'Last used',
      end: 'Sign out', endAll: 'Sign out everywhere else', ended: '{n} session(s) signed out', only: 'You are logged in nowhere else.', unknown: 'unknown program',
      people: 'People', peopleLead: 'Those of your area. Granting, taking and suspending are written into the audit; your own roles are a matter for the steward above.',
      organisations: 'Organisations', staff: 'People', name: 'Account', email: 'E-mail (optional)', level: 'Level', sort: 'Sort', area: 'Area code', parent: 'Organisation above (optional)',
      organisation: 'Organisation', organisationName: 'Name', role: 'Role', register: 'Register', open: 'Open account', openTitle: 'Open an account', registerTitle: 'Register an organisation',
      shown: 'The one-time password is shown this once; hand it over in person or another way. It must be changed at the first log-in:', manage: 'Manage', close: 'Close', give: 'Grant', take: 'Take', renew: 'One-time password', suspend: 'Suspend', resume: 'Resume',
      active: 'active', suspended: 'suspended', last: 'Last log-in', never: 'never', demo: 'demo', sureSuspend: 'Suspend {name}? Open sessions end at once.', sureRenew: 'Give {name} a new one-time password? The old one ends at once.', sureTake: 'Take “{role}” from {name}?',
      byMail: 'Invite by mail to set a password (without an address a one-time password is given)', invite: 'Send an invitation', invited: 'An invitation is on its way to the address of {name}; its link is valid for 3 days, once only.',
      done: 'Done', areaHint: 'two digits for a province, four for a city, six for a county, such as 1401',
    },
  },
}
