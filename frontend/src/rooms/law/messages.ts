export default {
  'zh-CN': {
    law: {
      title: '查规定', lead: '文件逐条读：每条由哪些规则、任务、目标承载，怎样读的，与哪些条款相关。标题、规则和读法是本软件自己的话，不是原文；引用请核对原文。',
      search: '检索规定', placeholder: '焦化 汾河谷地', find: '检索', hint: '空格隔开的词须都出现；按 / 键到这里', worked: '逐条读过的文件', others: '引用到的其他文件',
      clauses: '{n} 条', unnumbered: '文号不详', true: '施行中', false: '未施行或已失效', unknown: '是否施行不明', tree: '条款目录', filter: '筛选条款',
      nothing: '没有这样的条款', all: '全部', found: '共 {n} 项', like: '没有一处含全部的词，以下相近', none: '没有找到', more: '再看一些', choose: '从目录里选一条。',
      notText: '以下是本软件的转述和读法，不是原文。', between: '', quoted: '《{title}》', space: '　', own: '原文（本单位自备：{file}）', stands: '与规则所据的文本一致', differs: '这份文本与规则所据的文本不同', rules: '规则', tasks: '任务', targets: '目标',
      values: '数值与名录', readings: '怎样读的', conflicts: '与其他文件不一', touching: '相关条款', touchingMore: '另有 {n} 条', below: '下属条款', reason: '没有规则、任务或目标承载：{why}。',
      open: '原文未定', due: '期限：{due}', unsure: '未核实', who: '部门：{who}', lead_by: '牵头：{who}', by: '不晚于 {day}', table: '分版本的表', members: '{n} 类', opened: '另有未决的', notes: '说明',
      facts: '看的事实', exceptions: '例外', before: '上一条', after: '下一条', successor: '自 {day} 起由“{title}”接替', from: '自 {day} 起', whole: '承载整份文件的', plain: '不用脚本的页面', link: '复制本条地址', copied: '已复制', prefer: '取',
    },
  },
  en: {
    law: {
      title: 'Law', lead: 'Documents clause by clause: what rules, tasks and targets carry each, how it was read, what touches it. Headings, rules and readings are our own words, not the text; check the text before you quote.',
      search: 'Search the law', placeholder: 'coking valley', find: 'Search', hint: 'All words must occur; press / to come here', worked: 'Documents worked out clause by clause', others: 'Other documents that are cited',
      clauses: '{n} clauses', unnumbered: 'no number', true: 'in force', false: 'not in force', unknown: 'not known whether in force', tree: 'Clauses', filter: 'Filter clauses',
      nothing: 'No such clause', all: 'All', found: '{n} found', like: 'Nothing has all the words; these are like it', none: 'Nothing found', more: 'More', choose: 'Choose a clause from the list.',
      notText: 'This is our paraphrase and reading, not the text; the text of clauses is Chinese only and is not translated here.', between: ', ', quoted: '“{title}”', space: ' · ', own: 'The text (your own copy: {file})', stands: 'the wording from which the rules were made', differs: 'not the wording from which the rules were made', rules: 'Rules', tasks: 'Tasks', targets: 'Targets',
      values: 'Values and lists', readings: 'How it was read', conflicts: 'At odds with other documents', touching: 'Clauses that touch it', touchingMore: '{n} more', below: 'Within it', reason: 'No rule, task or target carries it: {why}.',
      open: 'left open', due: 'Due: {due}', unsure: 'not verified', who: 'Departments: {who}', lead_by: 'Lead: {who}', by: 'by {day}', table: 'table in editions', members: '{n} classes', opened: 'and undecided ones', notes: 'Notes',
      facts: 'Facts it reads', exceptions: 'Exceptions', before: 'Previous', after: 'Next', successor: 'Succeeded by “{title}” from {day}', from: 'from {day}', whole: 'What carries the whole document', plain: 'Page without script', link: 'Copy the address', copied: 'Copied', prefer: 'prefers',
    },
  },
}
