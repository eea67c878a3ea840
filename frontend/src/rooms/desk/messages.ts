export default {
  'zh-CN': {
    desk: {
      back: '办件台账', today: {
        title: '今日待办', lead: '{day}：逾期的、快到期的、等别人的，一件不漏。', late: '已逾期', due: '即将到期（至 {until}）',
        overdue_others: '别人逾期（申请人、会签部门）', waiting: '等申请人或部门', new: '待收件', owed: '容缺材料：缺什么、到哪天', none: '没有',
        links: '台账与清单',
      },
      register: {
        title: '办件台账', text: '项目、单位或收件号', state: '状态', kind: '种类', area: '辖区代码', all: '全部', late: '只看逾期', key: '只看重点项目',
        against: '只看与结论不一致', search: '查找', export: '导出', caption: '办件',
      },
      row: { number: '收件号', project: '项目', applicant: '申请单位', kind: '种类', state: '状态', due: '期限', handling: '承办', decision: '决定', left: '还有 {n} 天', over: '逾期 {n} 天', paused: '计时停止', unsure: '当年放假未公布', waiting: '待 {n} 个部门答复，最早 {until}', owed: '容缺 {n} 项，最早 {until}', against: '与结论不一致' },
      case: {
        title: '办件', mine: '我的申报', clocks: '时限', since: '自 {day} 起', until: '至 {day}', still: '计时停止中', done: '{day} 已办', late: '已逾期',
        working: '{n} 个工作日', calendar: '{n} 日', unsure: '时限凭记忆，请核对', holidays: '当年放假安排未公布，只除去周末', duties: '接下来', timeline: '经过', finding: '依据的结论',
        says: '结论', open: '打开结论', opinions: '部门意见', asked: '{day} 征求', answer_by: '应于 {day} 前答复', no_answer: '尚未答复', papers: '文书', notice: '一次性告知书',
        commitment: '告知承诺书', publication: '受理与拟审批合并公示', files: '附件', upload: '上传附件', purpose: '用途', near: '附近的项目', liaisons: '联络员', key: '重点项目', map: '场址和管控单元', share: '占场址 {n}%', no_unit: '场址不在任何已加载的管控单元内',
        decision: '决定', reason: '与结论不一致的理由', steps: '现在可以办', no_steps: '现在没有由您办的步骤。', owed: '未补交的容缺材料', metres: '{n} 米', recorded: '记于 {at}', imported: '由台账导入',
        moved: '重新打开办件', register: '县（市、区）',
      },
      step: {
        day: '日期（只有收到材料可补记）', items: '材料或事项，每行一项', items_owed: '这次补交的', until: '期限', reason: '理由', result: '核查结果', note: '备注', do: '确认{label}', cancel: '不办了', published: '自 {day} 起不少于 {n} 日', published_working: '自 {day} 起不少于 {n} 个工作日', published_unknown: '没有录入这类办件的公示期限，由承办人定', gap_unknown: '没有哪个规定写明容缺材料的补交时限，由承办人定',
        department: '部门', question: '征求内容', add: '再加一个部门', ask: '同时征求', says: '意见', agree: '同意', conditional: '附条件同意', disagree: '不同意', opinion: '意见内容', give: '提交意见',
        approved: '批准', refused: '不予批准', against: '结论是“{says}”，这个决定与它不一致。理由必须写明，并始终显示在办件、结论页面和台账上。', decide: '作出决定', paper: '批复文号', plain_reason: '说明（可不写）',
      },
      claim: {
        title: '有争议的事实', file: '提出异议', fact: '事实（名称或编号）', value: '您主张的值', evidence: '依据', preview: '看两种结果', submit: '提出', if: '若为 {value}', layer: '这个事实来自图层（{layer}）：采信后须另行更正图层，结论不自动改变。',
        same: '两种取值的结果相同。', differs: '因此不同：{what}', filed: '{who} 于 {day} 提出', uphold: '采信', reject: '不采信', reason: '裁定理由', decided: '{who} 于 {day} 裁定：{state}', none: '没有。', by: '依据：{text}',
      },
      open: {
        title: '窗口登记', own: '申报', lead: '由一份已保存的结论立案：项目、场址、事实都取自结论。', finding: '结论编号或地址', look: '查看', kind: '办什么', fits: '与结论相符', handling: '由谁承办',
        applicant: '申请单位', organisation: '为哪个单位申报', area: '所在县（六位代码）', submit: '提交', says: '结论：{says}', place: '场址：{county}（{area}）', no_place: '结论没有场址，请写所在县的六位代码。',
      },
      mine: { title: '我的申报', lead: '申报、补正、补交、承诺都在这里。', open: '申报一个项目' },
      projects: { title: '项目台账', caption: '项目', industry: '行业', county: '所在县', finding: '结论' },
      lists: { title: '重点项目和联络员', key: '重点项目', liaisons: '联络员', name: '项目名称', applicant: '建设单位', listed: '名单', area: '辖区代码', paper: '名单文号', since: '列入日期', province: '省级', city: '市级', county: '县级', add: '列入', off: '移出', person: '姓名', phone: '电话', organisation: '单位' },
      ledger: { title: '台账导入导出', out: '导出', in: '导入', lead: '表头与导出的相同；要么全部导入，要么一件不导，错处一次列全。', file: '台账文件（.xlsx、.csv）', check: '只检查', load: '导入', checked: '{n} 行，没有错处。', loaded: '已导入 {n} 件。' },
      days: { title: '环保服务日', lead: '每月第一周星期二（晋环发〔2022〕8号第2条）；“第一周”怎么读原文未写，按本地设定。', year: '年份', area: '辖区代码', reading: '读法', holiday: '放假，是否顺延原文未载', unknown: '当年放假安排未录入', file: '日历文件（.ics）', set: '设定', weekday: '星期二' },
    },
  },
  en: {
    desk: {
      back: 'Register of filings', today: {
        title: 'Today', lead: '{day}: what is late, what falls due, what waits for others.', late: 'Late', due: 'Due soon (until {until})',
        overdue_others: 'Others are late (applicants, departments)', waiting: 'Waiting for applicants or departments', new: 'Not yet received', owed: 'Tolerated gaps: what, and by when', none: 'None',
        links: 'Registers and lists',
      },
      register: {
        title: 'Filings', text: 'Project, applicant or number', state: 'State', kind: 'Kind', area: 'Area code', all: 'All', late: 'Late only', key: 'Key projects only',
        against: 'Against the finding only', search: 'Search', export: 'Export', caption: 'Filings',
      },
      row: { number: 'Number', project: 'Project', applicant: 'Applicant', kind: 'Kind', state: 'State', due: 'Due', handling: 'Handled by', decision: 'Decision', left: '{n} days left', over: '{n} days late', paused: 'Clock stopped', unsure: 'holidays not published', waiting: '{n} opinion(s) out, first by {until}', owed: '{n} gap(s), first by {until}', against: 'against the finding' },
      case: {
        title: 'Filing', mine: 'My filings', clocks: 'Clocks', since: 'from {day}', until: 'until {day}', still: 'Clock stopped', done: 'done {day}', late: 'late',
        working: '{n} working days', calendar: '{n} days', unsure: 'limit from memory, check it', holidays: 'holidays of that year not published, weekends only', duties: 'Next', timeline: 'What happened', finding: 'Finding it rests on',
        says: 'Finding', open: 'Open the finding', opinions: 'Opinions', asked: 'asked {day}', answer_by: 'answer by {day}', no_answer: 'no answer yet', papers: 'Papers', notice: 'One-time notice',
        commitment: 'Commitment', publication: 'Merged publication', files: 'Files', upload: 'Upload', purpose: 'Purpose', near: 'Projects nearby', liaisons: 'Liaison officers', key: 'Key project', map: 'Site and control units', share: '{n}% of the site', no_unit: 'The site lies in no loaded control unit',
        decision: 'Decision', reason: 'Reason for going against the finding', steps: 'What can be done now', no_steps: 'There is no step for you now.', owed: 'Tolerated gaps', metres: '{n} m', recorded: 'recorded {at}', imported: 'from a ledger',
        moved: 'Reload the filing', register: 'County',
      },
      step: {
        day: 'Day (only papers received may be earlier)', items: 'Items, one a line', items_owed: 'Handed in now', until: 'Limit', reason: 'Reason', result: 'Result of the check', note: 'Note', do: 'Confirm: {label}', cancel: 'Cancel', published: 'at least {n} days from {day}', published_working: 'at least {n} working days from {day}', published_unknown: 'no text gives the period of publication for this kind', gap_unknown: 'no text says by when tolerated gaps must be closed',
        department: 'Department', question: 'Question', add: 'Another department', ask: 'Ask all at once', says: 'Opinion', agree: 'Agrees', conditional: 'Agrees with conditions', disagree: 'Disagrees', opinion: 'In words', give: 'Give the opinion',
        approved: 'Approve', refused: 'Refuse', against: 'The finding says “{says}”; this decision goes against it. The reason is required and stays visible on the filing, the finding and the ledger.', decide: 'Decide', paper: 'Number of the paper', plain_reason: 'Explanation (optional)',
      },
      claim: {
        title: 'Contested facts', file: 'Contest a fact', fact: 'Fact (name or id)', value: 'The value you claim', evidence: 'Evidence', preview: 'See both outcomes', submit: 'File', if: 'If {value}', layer: 'This fact is read off a layer ({layer}); when upheld, the layer has to be mended, the finding does not change by itself.',
        same: 'Both values give the same.', differs: 'What differs: {what}', filed: '{who}, {day}', uphold: 'Uphold', reject: 'Reject', reason: 'Reason', decided: '{who}, {day}: {state}', none: 'None.', by: 'Evidence: {text}',
      },
      open: {
        title: 'Register at the window', own: 'File a project', lead: 'A filing is opened from a kept finding: project, site and facts come from it.', finding: 'Id or address of the finding', look: 'Look', kind: 'What for', fits: 'fits the finding', handling: 'Handled by',
        applicant: 'Applicant', organisation: 'On behalf of', area: 'County (six digits)', submit: 'Submit', says: 'Finding: {says}', place: 'Site: {county} ({area})', no_place: 'The finding has no site; write the six-digit code of the county.',
      },
      mine: { title: 'My filings', lead: 'File, complete, hand in, commit.', open: 'File a project' },
      projects: { title: 'Projects', caption: 'Projects', industry: 'Industry', county: 'County', finding: 'Finding' },
      lists: { title: 'Key projects and liaison officers', key: 'Key projects', liaisons: 'Liaison officers', name: 'Project', applicant: 'Builder', listed: 'List', area: 'Area code', paper: 'Paper', since: 'Since', province: 'Province', city: 'City', county: 'County', add: 'Add', off: 'Take off', person: 'Name', phone: 'Phone', organisation: 'Organisation' },
      ledger: { title: 'Ledger in and out', out: 'Export', in: 'Import', lead: 'Headers as exported; all rows or none, every fault at once.', file: 'Ledger (.xlsx, .csv)', check: 'Check only', load: 'Import', checked: '{n} rows, nothing wrong.', loaded: '{n} filings imported.' },
      days: { title: 'Service days', lead: 'Tuesday of the first week of each month (晋环发〔2022〕8号, 2); how “first week” is read is set locally.', year: 'Year', area: 'Area code', reading: 'Reading', holiday: 'a holiday; whether it moves is not written', unknown: 'holidays not published', file: 'Calendar file (.ics)', set: 'Set', weekday: 'Tuesday' },
    },
  },
}
