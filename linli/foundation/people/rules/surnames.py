"""Family names that a text may hold: the common ones, and the compound ones. Pure.

Not every family name is here: characters that are far more often an ordinary word (和, 区, 向, 水, 管, 时, 都)
would hide half of every sentence.
"""

COMPOUND_SURNAMES = frozenset(
    "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 司徒 司空 东方 独孤 南宫 西门 宇文 长孙 轩辕 端木 百里 东郭 呼延 申屠 "
    "太史 澹台 公冶 宗政 濮阳 淳于 单于 仲孙 钟离 闾丘 鲜于 亓官 拓跋 完颜 赫连 万俟 闻人 左丘 梁丘".split()
)

SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆"
    "廖姚金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常顾赖武康贺严尹钱施牛洪龚汤陶黎温莫樊乔殷颜庄章鲁倪庞邢俞翟蓝聂齐申"
    "葛柴伍覃骆焦柳欧祝纪尚毕耿芦阮鲍霍甘裴冉屈饶牟柯詹凌卞冀闫靳郎苗宁盛阚祁骞褚娄窦缪岳畅仝郜暴卫栗肖付解辛项廉臧晏桑桂鹿"
    "卓苟巩郗席麻党亢伏"
    "安方文万关易房左简游景车边古米池路"
)
